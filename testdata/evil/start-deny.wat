;; class 13: uses a capability before there is an event. The call answers STATE, which this module does not accept
(module
  (import "guild_v1" "deny" (func $deny (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func $start (if (call $deny (i32.const 0) (i32.const 1)) (then (unreachable))))
  (start $start)
  (func (export "on_run_begin") (result i32) (i32.const 0)))
