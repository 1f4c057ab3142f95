;; asks for one value of the event document again and again: an 80-byte path, an 80-byte value
(module
  (import "guild_v1" "event_get" (func $event_get (param i32 i32 i32 i32) (result i32)))
  (import "guild_v1" "now" (func $now (result i64)))
  (memory (export "memory") 1)
  (data (i32.const 0) "k2345678901234567890123456789012345678901234567890123456789012345678901234567890")
  (func (export "on_run_begin") (result i32)
    (local $i i32)
    (local.set $i (i32.const 1000))
    (loop $next
      (if (i32.ne (call $event_get (i32.const 0) (i32.const 80) (i32.const 1024) (i32.const 4096)) (i32.const 80))
        (then (return (i32.const 1))))
      (br_if $next (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
    (i32.const 0))
  (func (export "on_run_end") (result i32)
    (local $i i32)
    (local.set $i (i32.const 1000))
    (loop $next
      (drop (call $now))
      (br_if $next (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
    (i32.const 0)))
