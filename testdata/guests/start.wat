;; has a start section, which runs before _initialize
(module
  (memory (export "memory") 1)
  (global $n (mut i32) (i32.const 0))
  (func $start (global.set $n (i32.const 41)))
  (start $start)
  (func (export "_initialize") (global.set $n (i32.add (global.get $n) (i32.const 1))))
  (func (export "on_run_begin") (result i32)
    (i32.sub (global.get $n) (i32.const 42))))
