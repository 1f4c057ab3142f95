;; class 14: wants a global of the host's
(module
  (import "env" "g" (global i32))
  (memory (export "memory") 1)
  (func (export "on_run_begin") (result i32) (i32.const 0)))
