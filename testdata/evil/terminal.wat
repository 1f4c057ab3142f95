;; class 25: control sequences, line ends and a reversal of the writing direction, in a log record and in a reason
(module
  (import "guild_v1" "log" (func $log (param i32 i32 i32) (result i32)))
  (import "guild_v1" "deny" (func $deny (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\1b]0;owned\07\1b[2J\0dguild: ok\0a\c2\9b1m\e2\80\aeelif\7f")
  (func (export "on_run_begin") (result i32)
    (drop (call $log (i32.const 2) (i32.const 0) (i32.const 37)))
    (call $deny (i32.const 0) (i32.const 37))))
