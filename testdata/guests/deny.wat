;; denies twice: the first reason counts
(module
  (import "guild_v1" "deny" (func $deny (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "lr 2 is over the limitsecond")
  (func (export "on_run_begin") (result i32)
    (drop (call $deny (i32.const 0) (i32.const 22)))
    (call $deny (i32.const 22) (i32.const 6)))
  (func (export "on_run_end") (result i32)
    (call $deny (i32.const 0) (i32.const 22))))
