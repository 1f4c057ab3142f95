;; class 21: a second memory
(module
  (memory (export "memory") 1)
  (memory 1)
  (func (export "on_run_begin") (result i32) (i32.const 0)))
