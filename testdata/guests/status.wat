;; returns something else than 0
(module
  (memory (export "memory") 1)
  (func (export "on_run_begin") (result i32) (i32.const 3)))
