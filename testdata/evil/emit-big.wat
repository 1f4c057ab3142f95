;; class 16: emits a record of one MiB until it is refused; returns the count and minus the errno
(module
  (import "guild_v1" "emit" (func $emit (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 17)
  (data (i32.const 0) "t")
  (func (export "on_run_begin") (result i32)
    (local $n i32) (local $e i32)
    (memory.fill (i32.const 1) (i32.const 97) (i32.const 1048576))
    (i32.store8 (i32.const 1) (i32.const 34))
    (i32.store8 (i32.const 1048576) (i32.const 34))
    (loop $l
      (if (i32.eqz (local.tee $e (call $emit (i32.const 0) (i32.const 1) (i32.const 1) (i32.const 1048576))))
        (then (local.set $n (i32.add (local.get $n) (i32.const 1))) (br $l))))
    (i32.add (i32.mul (local.get $n) (i32.const 100)) (i32.sub (i32.const 0) (local.get $e)))))
