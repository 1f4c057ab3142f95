;; plans all trials as they are, each with all that is known of it, and one more where the parameter `more` is a trial
(module
  (import "guild_v1" "event_get" (func $event_get (param i32 i32 i32 i32) (result i32)))
  (import "guild_v1" "param_get" (func $param_get (param i32 i32 i32 i32) (result i32)))
  (import "guild_v1" "plan_set" (func $plan_set (param i32 i32) (result i32)))
  (memory (export "memory") 320)
  (data (i32.const 0) "batch.trials")
  (data (i32.const 16) "more")
  (func (export "on_batch_plan") (result i32)
    (local $n i32) (local $more i32)
    (local.set $n (call $event_get (i32.const 0) (i32.const 12) (i32.const 4096) (i32.const 20000000)))
    (local.set $more (call $param_get (i32.const 16) (i32.const 4) (i32.const 1024) (i32.const 3000)))
    (if (i32.gt_s (local.get $more) (i32.const 0))
      (then ;; in the place of the closing bracket
        (i32.store8 (i32.add (i32.const 4095) (local.get $n)) (i32.const 44))
        (memory.copy (i32.add (i32.const 4096) (local.get $n)) (i32.const 1024) (local.get $more))
        (local.set $n (i32.add (i32.add (local.get $n) (local.get $more)) (i32.const 1)))
        (i32.store8 (i32.add (i32.const 4095) (local.get $n)) (i32.const 93))))
    (call $plan_set (i32.const 4096) (local.get $n))))
