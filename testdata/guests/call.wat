;; Makes one call that the test chose, and returns its result.
;;
;; It reads the value "call" of its project state: a function's number (its place in this file) as u32, four bytes
;; nobody reads, and eight arguments as i64. Then the value "image" goes to address 1024, the function is called, and if the eighth
;; argument is not 0, as many bytes from the address in the seventh are put into the state as "out".
(module
  (import "guild_v1" "log" (func $log (param i32 i32 i32) (result i32)))
  (import "guild_v1" "panic_message" (func $panic_message (param i32 i32) (result i32)))
  (import "guild_v1" "error_message" (func $error_message (param i32 i32) (result i32)))
  (import "guild_v1" "now" (func $now (result i64)))
  (import "guild_v1" "random" (func $random (param i32 i32) (result i32)))
  (import "guild_v1" "param_get" (func $param_get (param i32 i32 i32 i32) (result i32)))
  (import "guild_v1" "event_get" (func $event_get (param i32 i32 i32 i32) (result i32)))
  (import "guild_v1" "deny" (func $deny (param i32 i32) (result i32)))
  (import "guild_v1" "stop" (func $stop (param i32 i32) (result i32)))
  (import "guild_v1" "stage_list" (func $stage_list (param i32 i32 i32 i32) (result i32)))
  (import "guild_v1" "stage_stat" (func $stage_stat (param i32 i32 i32) (result i32)))
  (import "guild_v1" "stage_read" (func $stage_read (param i32 i32 i64 i32 i32) (result i32)))
  (import "guild_v1" "stage_write" (func $stage_write (param i32 i32 i32 i32 i32) (result i32)))
  (import "guild_v1" "stage_remove" (func $stage_remove (param i32 i32) (result i32)))
  (import "guild_v1" "flag_set" (func $flag_set (param i32 i32 i32 i32) (result i32)))
  (import "guild_v1" "env_set" (func $env_set (param i32 i32 i32 i32) (result i32)))
  (import "guild_v1" "attr_set" (func $attr_set (param i32 i32 i32 i32) (result i32)))
  (import "guild_v1" "plan_set" (func $plan_set (param i32 i32) (result i32)))
  (import "guild_v1" "state_get" (func $state_get (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "guild_v1" "state_put" (func $state_put (param i32 i32 i32 i32 i32 i64) (result i64)))
  (import "guild_v1" "state_append" (func $state_append (param i32 i32 i32 i32 i32) (result i64)))
  (import "guild_v1" "answer" (func $answer (param i32 i32) (result i32)))
  (import "guild_v1" "lock_request" (func $lock_request (result i32)))
  (import "guild_v1" "emit" (func $emit (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 48)
  (data (i32.const 0) "call")
  (data (i32.const 8) "image")
  (data (i32.const 16) "out")
  ;; an argument as i64, and as i32
  (func $l (param i32) (result i64) (i64.load offset=264 (i32.shl (local.get 0) (i32.const 3))))
  (func $i (param i32) (result i32) (i32.load offset=264 (i32.shl (local.get 0) (i32.const 3))))
  (func $choose (result i64)
    (block $b24
    (block $b23
    (block $b22
    (block $b21
    (block $b20
    (block $b19
    (block $b18
    (block $b17
    (block $b16
    (block $b15
    (block $b14
    (block $b13
    (block $b12
    (block $b11
    (block $b10
    (block $b9
    (block $b8
    (block $b7
    (block $b6
    (block $b5
    (block $b4
    (block $b3
    (block $b2
    (block $b1
    (block $b0
      (br_table $b0 $b1 $b2 $b3 $b4 $b5 $b6 $b7 $b8 $b9 $b10 $b11 $b12 $b13 $b14 $b15 $b16 $b17 $b18 $b19 $b20 $b21 $b22 $b23 $b24 (i32.load (i32.const 256))))
      (return (i64.extend_i32_s (call $log (call $i (i32.const 0)) (call $i (i32.const 1)) (call $i (i32.const 2))))))
      (return (i64.extend_i32_s (call $panic_message (call $i (i32.const 0)) (call $i (i32.const 1))))))
      (return (i64.extend_i32_s (call $error_message (call $i (i32.const 0)) (call $i (i32.const 1))))))
      (return (call $now)))
      (return (i64.extend_i32_s (call $random (call $i (i32.const 0)) (call $i (i32.const 1))))))
      (return (i64.extend_i32_s (call $param_get (call $i (i32.const 0)) (call $i (i32.const 1)) (call $i (i32.const 2)) (call $i (i32.const 3))))))
      (return (i64.extend_i32_s (call $event_get (call $i (i32.const 0)) (call $i (i32.const 1)) (call $i (i32.const 2)) (call $i (i32.const 3))))))
      (return (i64.extend_i32_s (call $deny (call $i (i32.const 0)) (call $i (i32.const 1))))))
      (return (i64.extend_i32_s (call $stop (call $i (i32.const 0)) (call $i (i32.const 1))))))
      (return (i64.extend_i32_s (call $stage_list (call $i (i32.const 0)) (call $i (i32.const 1)) (call $i (i32.const 2)) (call $i (i32.const 3))))))
      (return (i64.extend_i32_s (call $stage_stat (call $i (i32.const 0)) (call $i (i32.const 1)) (call $i (i32.const 2))))))
      (return (i64.extend_i32_s (call $stage_read (call $i (i32.const 0)) (call $i (i32.const 1)) (call $l (i32.const 2)) (call $i (i32.const 3)) (call $i (i32.const 4))))))
      (return (i64.extend_i32_s (call $stage_write (call $i (i32.const 0)) (call $i (i32.const 1)) (call $i (i32.const 2)) (call $i (i32.const 3)) (call $i (i32.const 4))))))
      (return (i64.extend_i32_s (call $stage_remove (call $i (i32.const 0)) (call $i (i32.const 1))))))
      (return (i64.extend_i32_s (call $flag_set (call $i (i32.const 0)) (call $i (i32.const 1)) (call $i (i32.const 2)) (call $i (i32.const 3))))))
      (return (i64.extend_i32_s (call $env_set (call $i (i32.const 0)) (call $i (i32.const 1)) (call $i (i32.const 2)) (call $i (i32.const 3))))))
      (return (i64.extend_i32_s (call $attr_set (call $i (i32.const 0)) (call $i (i32.const 1)) (call $i (i32.const 2)) (call $i (i32.const 3))))))
      (return (i64.extend_i32_s (call $plan_set (call $i (i32.const 0)) (call $i (i32.const 1))))))
      (return (i64.extend_i32_s (call $state_get (call $i (i32.const 0)) (call $i (i32.const 1)) (call $i (i32.const 2)) (call $i (i32.const 3)) (call $i (i32.const 4)) (call $i (i32.const 5))))))
      (return (call $state_put (call $i (i32.const 0)) (call $i (i32.const 1)) (call $i (i32.const 2)) (call $i (i32.const 3)) (call $i (i32.const 4)) (call $l (i32.const 5)))))
      (return (call $state_append (call $i (i32.const 0)) (call $i (i32.const 1)) (call $i (i32.const 2)) (call $i (i32.const 3)) (call $i (i32.const 4)))))
      (return (i64.extend_i32_s (call $answer (call $i (i32.const 0)) (call $i (i32.const 1))))))
      (return (i64.extend_i32_s (call $lock_request))))
      (return (i64.extend_i32_s (call $emit (call $i (i32.const 0)) (call $i (i32.const 1)) (call $i (i32.const 2)) (call $i (i32.const 3))))))
    (i64.const -99))
  (func $run (result i32)
    (local $r i64)
    (drop (call $state_get (i32.const 2) (i32.const 0) (i32.const 4) (i32.const 256) (i32.const 72) (i32.const 0)))
    (drop (call $state_get (i32.const 2) (i32.const 8) (i32.const 5) (i32.const 1024) (i32.const 3000000) (i32.const 0)))
    (local.set $r (call $choose))
    (if (call $i (i32.const 7))
      (then (drop (call $state_put (i32.const 2) (i32.const 16) (i32.const 3) (call $i (i32.const 6)) (call $i (i32.const 7)) (i64.const -1)))))
    (i32.wrap_i64 (local.get $r)))
  (export "on_init" (func $run))
  (export "on_flags_detect" (func $run))
  (export "on_flags_composed" (func $run))
  (export "on_batch_begin" (func $run))
  (export "batch_strategy" (func $run))
  (export "on_batch_plan" (func $run))
  (export "on_run_skipped" (func $run))
  (export "on_run_staged" (func $run))
  (export "on_restart_begin" (func $run))
  (export "on_run_begin" (func $run))
  (export "on_step_begin" (func $run))
  (export "on_step_end" (func $run))
  (export "on_run_progress" (func $run))
  (export "on_run_end" (func $run))
  (export "on_lock_end" (func $run))
  (export "on_trial_end" (func $run))
  (export "on_batch_end" (func $run))
  (export "on_verify_end" (func $run))
  (export "on_unlock_begin" (func $run))
  (export "on_unlock_end" (func $run))
  (export "on_delete_begin" (func $run))
  (export "on_delete_end" (func $run)))
