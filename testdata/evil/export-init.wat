;; an _initialize with another type
(module
  (memory (export "memory") 1)
  (func (export "_initialize") (result i32) (i32.const 0))
  (func (export "on_run_begin") (result i32) (i32.const 0)))
