;; class 4: has 2 GiB to begin with
(module
  (memory (export "memory") 32768)
  (func (export "on_run_begin") (result i32) (i32.const 0)))
