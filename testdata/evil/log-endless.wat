;; class 17: logs the longest record for ever
(module
  (import "guild_v1" "log" (func $log (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "on_run_begin") (result i32)
    (memory.fill (i32.const 0) (i32.const 27) (i32.const 8192))
    (loop $l
      (drop (call $log (i32.const 0) (i32.const 0) (i32.const 8192)))
      (br $l))
    (unreachable)))
