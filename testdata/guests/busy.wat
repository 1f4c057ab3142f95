;; is at work without end in the event that the parameter `at` names, and says when it begins that and when the run ends
(module
  (import "guild_v1" "log" (func $log (param i32 i32 i32) (result i32)))
  (import "guild_v1" "event_get" (func $event_get (param i32 i32 i32 i32) (result i32)))
  (import "guild_v1" "param_get" (func $param_get (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "busy")
  (data (i32.const 8) "ended")
  (data (i32.const 16) "event.name")
  (data (i32.const 32) "at")

  (func $chosen (result i32)
    (local $n i32) (local $i i32)
    (local.set $n (call $param_get (i32.const 32) (i32.const 2) (i32.const 4096) (i32.const 256)))
    (if (i32.ne (local.get $n) (call $event_get (i32.const 16) (i32.const 10) (i32.const 1024) (i32.const 256)))
      (then (return (i32.const 0))))
    (loop $next
      (if (i32.ne (i32.load8_u (i32.add (i32.const 4096) (local.get $i))) (i32.load8_u (i32.add (i32.const 1024) (local.get $i))))
        (then (return (i32.const 0))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_s (local.get $i) (local.get $n))))
    (i32.const 1))

  (func $handle (result i32)
    (if (call $chosen)
      (then
        (drop (call $log (i32.const 0) (i32.const 0) (i32.const 4)))
        (loop $again (br $again))))
    (i32.const 0))

  (func (export "on_flags_composed") (result i32) (call $handle))
  (func (export "on_batch_begin") (result i32) (call $handle))
  (func (export "on_batch_plan") (result i32) (call $handle))
  (func (export "on_run_staged") (result i32) (call $handle))
  (func (export "on_run_begin") (result i32) (call $handle))
  (func (export "on_run_progress") (result i32) (call $handle))
  (func (export "on_run_end") (result i32)
    (drop (call $log (i32.const 0) (i32.const 8) (i32.const 5)))
    (i32.const 0)))
