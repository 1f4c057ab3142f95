;; says why it is about to trap
(module
  (import "guild_v1" "panic_message" (func $panic (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "lr is \1b[31mnot\1b[0m a number at check.rs:7")
  (func (export "on_run_begin") (result i32)
    (drop (call $panic (i32.const 0) (i32.const 41)))
    (unreachable)))
