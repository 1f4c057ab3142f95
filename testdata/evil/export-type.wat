;; a handler with another type
(module
  (memory (export "memory") 1)
  (func (export "on_run_begin") (param i32)))
