;; class 6, by way of the host: asks for random bytes for ever, which is work that instructions do not show
(module
  (import "guild_v1" "random" (func $random (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "on_run_begin") (result i32)
    (loop $l (drop (call $random (i32.const 0) (i32.const 65536))) (br $l))
    (unreachable)))
