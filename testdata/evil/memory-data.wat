;; class 15: a data segment behind the end of the memory
(module
  (memory (export "memory") 1)
  (data (i32.const 65530) "0123456789")
  (func (export "on_run_begin") (result i32) (i32.const 0)))
