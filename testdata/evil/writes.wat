;; class 16: writes one MiB to the stage until it is refused; returns minus the errno, 64 writes later
(module
  (import "guild_v1" "stage_write" (func $write (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 17)
  (data (i32.const 0) "a/b")
  (func (export "on_run_staged") (result i32)
    (local $n i32) (local $e i32)
    (loop $l
      (if (i32.eqz (local.tee $e (call $write (i32.const 0) (i32.const 3) (i32.const 1) (i32.const 0) (i32.const 1048576))))
        (then (local.set $n (i32.add (local.get $n) (i32.const 1))) (br $l))))
    (i32.add (i32.mul (local.get $n) (i32.const 100)) (i32.sub (i32.const 0) (local.get $e)))))
