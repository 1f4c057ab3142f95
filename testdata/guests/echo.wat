;; answers with the value of the parameter "echo"
(module
  (import "guild_v1" "param_get" (func $param_get (param i32 i32 i32 i32) (result i32)))
  (import "guild_v1" "answer" (func $answer (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "echo")
  (func (export "on_flags_detect") (result i32)
    (call $answer (i32.const 1024)
      (call $param_get (i32.const 0) (i32.const 4) (i32.const 1024) (i32.const 4096)))))
