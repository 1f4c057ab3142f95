;; writes to its error output and exits, as a Go guest does that panics
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\0c\00\00\00\1c\00\00\00\16\00\00\00")
  (data (i32.const 16) "panic: boom\n")
  (data (i32.const 28) "\ngoroutine 1 [running]")
  (func (export "on_run_begin") (result i32)
    (drop (call $write (i32.const 2) (i32.const 0) (i32.const 2) (i32.const 64)))
    (call $exit (i32.const 2))
    (i32.const 0)))
