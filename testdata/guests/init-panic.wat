;; fails during initialisation, and says why
(module
  (import "guild_v1" "log" (func $log (param i32 i32 i32) (result i32)))
  (import "guild_v1" "panic_message" (func $panic (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "params are bad")
  (func (export "_initialize")
    (drop (call $log (i32.const 1) (i32.const 0) (i32.const 6)))
    (drop (call $panic (i32.const 0) (i32.const 14)))
    (unreachable))
  (func (export "on_run_begin") (result i32) (i32.const 0)))
