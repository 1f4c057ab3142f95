;; A hook for tests: another version of the probe, which denies every run that is about to begin.
(module
  (import "guild_v1" "deny" (func $deny (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "the new probe says no")
  (func (export "on_run_begin") (result i32)
    (drop (call $deny (i32.const 0) (i32.const 21)))
    (i32.const 0)))
