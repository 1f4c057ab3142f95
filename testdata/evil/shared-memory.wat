;; class 21: threads
(module
  (memory (export "memory") 1 1 shared)
  (func (export "on_run_begin") (result i32) (i32.const 0)))
