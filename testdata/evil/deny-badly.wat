;; class 15: denies with a pointer outside its memory, and goes on as if that had not counted
(module
  (import "guild_v1" "deny" (func $deny (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\ff\fe clear at last")
  (func (export "on_run_begin") (result i32)
    (if (i32.ne (call $deny (i32.const 65530) (i32.const 100)) (i32.const -4)) (then (return (i32.const 1))))
    (i32.const 0))
  (func (export "on_run_staged") (result i32)
    (if (i32.ne (call $deny (i32.const 0) (i32.const 5)) (i32.const -3)) (then (return (i32.const 1))))
    (call $deny (i32.const 3) (i32.const 13))))
