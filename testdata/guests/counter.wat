;; counts in memory and in a global, and fails if it ever finds a count that is not 0
(module
  (memory (export "memory") 1)
  (global $n (mut i32) (i32.const 0))
  (func (export "on_run_begin") (result i32)
    (local $was i32)
    (local.set $was (i32.add (i32.load (i32.const 4096)) (global.get $n)))
    (i32.store (i32.const 4096) (i32.add (i32.load (i32.const 4096)) (i32.const 1)))
    (i32.store8 (i32.const 65535) (i32.const 7))
    (global.set $n (i32.add (global.get $n) (i32.const 1)))
    (local.get $was)))
