;; class 17: records of 64 KiB
(module
  (import "guild_v1" "log" (func $log (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "on_run_begin") (result i32)
    (local $i i32)
    (memory.fill (i32.const 0) (i32.const 97) (i32.const 65536))
    (loop $l
      (drop (call $log (i32.const 0) (i32.const 0) (i32.const 65536)))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 20))))
    (i32.const 0)))
