;; class 17: a million short lines and one endless line on standard output, by vectors that overlap
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (func (export "on_run_begin") (result i32)
    (local $i i32)
    (memory.fill (i32.const 0) (i32.const 10) (i32.const 50000))
    (memory.fill (i32.const 50000) (i32.const 97) (i32.const 15000))
    (loop $l
      (i32.store (i32.add (i32.const 65536) (i32.shl (local.get $i) (i32.const 3))) (i32.const 0))
      (i32.store (i32.add (i32.const 65540) (i32.shl (local.get $i) (i32.const 3))) (i32.const 65000))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 20))))
    (call $write (i32.const 1) (i32.const 65536) (i32.const 20) (i32.const 131000))))
