;; grows by much or by little, and fails unless what it gets is zero; leaves it full
(module
  (memory (export "memory") 1)
  (func $fill (param $pages i32) (result i32)
    (local $at i32) (local $end i32)
    (local.set $at (i32.shl (memory.grow (local.get $pages)) (i32.const 16)))
    (local.set $end (i32.shl (memory.size) (i32.const 16)))
    (loop $next
      (if (i64.ne (i64.load (local.get $at)) (i64.const 0)) (then (return (i32.const 1))))
      (i64.store (local.get $at) (i64.const -1))
      (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (local.get $end))))
    (i32.const 0))
  (func (export "on_run_begin") (result i32) (call $fill (i32.const 100)))
  (func (export "on_run_end") (result i32) (call $fill (i32.const 10)))
  (func (export "on_run_staged") (result i32) (i32.or (call $fill (i32.const 5)) (call $fill (i32.const 3)))))
