;; As call, for the functions of the WASI stub.
(module
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $environ_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_res_get" (func $clock_res_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_seek" (func $fd_seek (param i32 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_fdstat_get" (func $fd_fdstat_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_fdstat_set_flags" (func $fd_fdstat_set_flags (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_get" (func $fd_prestat_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_dir_name" (func $fd_prestat_dir_name (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sched_yield" (func $sched_yield (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (import "guild_v1" "state_get" (func $state_get (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "guild_v1" "state_put" (func $state_put (param i32 i32 i32 i32 i32 i64) (result i64)))
  (memory (export "memory") 48)
  (data (i32.const 0) "call")
  (data (i32.const 8) "image")
  (data (i32.const 16) "out")
  ;; an argument as i64, and as i32
  (func $l (param i32) (result i64) (i64.load offset=264 (i32.shl (local.get 0) (i32.const 3))))
  (func $i (param i32) (result i32) (i32.load offset=264 (i32.shl (local.get 0) (i32.const 3))))
  (func $choose (result i64)
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
      (br_table $b0 $b1 $b2 $b3 $b4 $b5 $b6 $b7 $b8 $b9 $b10 $b11 $b12 $b13 $b14 $b15 $b16 $b17 $b18 (i32.load (i32.const 256))))
      (return (i64.extend_i32_s (call $args_get (call $i (i32.const 0)) (call $i (i32.const 1))))))
      (return (i64.extend_i32_s (call $args_sizes_get (call $i (i32.const 0)) (call $i (i32.const 1))))))
      (return (i64.extend_i32_s (call $environ_get (call $i (i32.const 0)) (call $i (i32.const 1))))))
      (return (i64.extend_i32_s (call $environ_sizes_get (call $i (i32.const 0)) (call $i (i32.const 1))))))
      (return (i64.extend_i32_s (call $clock_time_get (call $i (i32.const 0)) (call $l (i32.const 1)) (call $i (i32.const 2))))))
      (return (i64.extend_i32_s (call $clock_res_get (call $i (i32.const 0)) (call $i (i32.const 1))))))
      (return (i64.extend_i32_s (call $random_get (call $i (i32.const 0)) (call $i (i32.const 1))))))
      (return (i64.extend_i32_s (call $fd_write (call $i (i32.const 0)) (call $i (i32.const 1)) (call $i (i32.const 2)) (call $i (i32.const 3))))))
      (return (i64.extend_i32_s (call $fd_read (call $i (i32.const 0)) (call $i (i32.const 1)) (call $i (i32.const 2)) (call $i (i32.const 3))))))
      (return (i64.extend_i32_s (call $fd_seek (call $i (i32.const 0)) (call $l (i32.const 1)) (call $i (i32.const 2)) (call $i (i32.const 3))))))
      (return (i64.extend_i32_s (call $fd_close (call $i (i32.const 0))))))
      (return (i64.extend_i32_s (call $fd_fdstat_get (call $i (i32.const 0)) (call $i (i32.const 1))))))
      (return (i64.extend_i32_s (call $fd_fdstat_set_flags (call $i (i32.const 0)) (call $i (i32.const 1))))))
      (return (i64.extend_i32_s (call $fd_prestat_get (call $i (i32.const 0)) (call $i (i32.const 1))))))
      (return (i64.extend_i32_s (call $fd_prestat_dir_name (call $i (i32.const 0)) (call $i (i32.const 1)) (call $i (i32.const 2))))))
      (return (i64.extend_i32_s (call $sched_yield))))
      (return (i64.extend_i32_s (call $poll_oneoff (call $i (i32.const 0)) (call $i (i32.const 1)) (call $i (i32.const 2)) (call $i (i32.const 3))))))
      (call $proc_exit (call $i (i32.const 0))))
    (i64.const -99))
  (func $run (result i32)
    (local $r i64)
    (drop (call $state_get (i32.const 2) (i32.const 0) (i32.const 4) (i32.const 256) (i32.const 72) (i32.const 0)))
    (drop (call $state_get (i32.const 2) (i32.const 8) (i32.const 5) (i32.const 1024) (i32.const 3000000) (i32.const 0)))
    (local.set $r (call $choose))
    (if (call $i (i32.const 7))
      (then (drop (call $state_put (i32.const 2) (i32.const 16) (i32.const 3) (call $i (i32.const 6)) (call $i (i32.const 7)) (i64.const -1)))))
    (i32.wrap_i64 (local.get $r)))
  (export "on_run_begin" (func $run)))
