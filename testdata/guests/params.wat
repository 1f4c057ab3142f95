;; asks for the same parameters at each event, and one of them during initialisation
(module
  (import "guild_v1" "param_get" (func $param_get (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "textlist.1none")
  (func $ask (param $path i32) (param $len i32) (result i32)
    (call $param_get (local.get $path) (local.get $len) (i32.const 1024) (i32.const 40000)))
  (func (export "_initialize") (drop (call $ask (i32.const 0) (i32.const 4))))
  (func $event (result i32)
    (i32.or
      (i32.or
        (i32.ne (call $ask (i32.const 0) (i32.const 4)) (i32.const 30002))
        (i32.ne (call $ask (i32.const 0) (i32.const 4)) (i32.const 30002)))
      (i32.or
        (i32.ne (call $ask (i32.const 4) (i32.const 6)) (i32.const 1))
        (i32.ne (call $ask (i32.const 10) (i32.const 4)) (i32.const -1)))))
  (func (export "on_run_begin") (result i32) (call $event))
  (func (export "on_run_end") (result i32) (drop (call $ask (i32.const 4) (i32.const 6))) (call $event)))
