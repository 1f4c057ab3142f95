;; denies and then traps: a failure that must not hide the denial
(module
  (import "guild_v1" "deny" (func $deny (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "no")
  (func (export "on_run_begin") (result i32)
    (drop (call $deny (i32.const 0) (i32.const 2)))
    (unreachable)))
