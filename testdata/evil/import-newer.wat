;; class 14: a function of a later version
(module
  (import "guild_v2" "deny" (func (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "on_run_begin") (result i32) (i32.const 0)))
