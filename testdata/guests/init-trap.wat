;; traps at on_run_begin with everything it initialised destroyed; on_run_end must find it whole
(module
  (import "guild_v1" "random" (func $random (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (global $n (mut f64) (f64.const 0))
  (func (export "_initialize")
    (global.set $n (f64.const 2.5))
    (drop (call $random (i32.const 0) (i32.const 8)))
    (i64.store (i32.const 60000) (i64.load (i32.const 0)))
    (drop (memory.grow (i32.const 2))))
  (func (export "on_run_begin") (result i32)
    (global.set $n (f64.const 0))
    (memory.fill (i32.const 0) (i32.const 1) (i32.const 131072))
    (drop (memory.grow (i32.const 5)))
    (unreachable))
  (func (export "on_run_end") (result i32)
    (i32.or
      (i32.or (f64.ne (global.get $n) (f64.const 2.5)) (i32.ne (memory.size) (i32.const 3)))
      (i32.or
        (i64.ne (i64.load (i32.const 0)) (i64.load (i32.const 60000)))
        (i64.ne (i64.load (i32.const 100000)) (i64.const 0))))))
