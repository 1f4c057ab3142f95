;; class 18: corrupts itself and traps at an event; the next one must find a fresh instance
(module
  (memory (export "memory") 1)
  (global $broken (mut i32) (i32.const 0))
  (func (export "on_run_begin") (result i32)
    (if (global.get $broken) (then (return (i32.const 1))))
    (global.set $broken (i32.const 1))
    (i32.store (i32.const 0) (i32.const -1))
    (unreachable))
  (func (export "on_run_end") (result i32)
    (i32.or (global.get $broken) (i32.load (i32.const 0)))))
