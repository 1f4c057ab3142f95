;; asks for the lock of its run at its end
(module
  (import "guild_v1" "lock_request" (func $lock (result i32)))
  (memory (export "memory") 1)
  (func (export "on_run_end") (result i32)
    (call $lock)))
