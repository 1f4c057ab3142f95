;; class 17: writes empty lines to standard output for ever
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (func (export "on_run_begin") (result i32)
    (memory.fill (i32.const 0) (i32.const 10) (i32.const 65536))
    (i32.store (i32.const 65536) (i32.const 0))
    (i32.store (i32.const 65540) (i32.const 65536))
    (loop $l
      (drop (call $write (i32.const 1) (i32.const 65536) (i32.const 1) (i32.const 65548)))
      (br $l))
    (unreachable)))
