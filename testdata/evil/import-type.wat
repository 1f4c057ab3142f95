;; class 14: a known function with another type
(module
  (import "guild_v1" "deny" (func (param i32)))
  (memory (export "memory") 1)
  (func (export "on_run_begin") (result i32) (i32.const 0)))
