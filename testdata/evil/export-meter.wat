;; fuel: takes the name of the global that holds the fuel
(module
  (memory (export "memory") 1)
  (global (export "guild_meter:fuel") (mut i64) (i64.const 9223372036854775807))
  (func (export "on_run_begin") (result i32) (i32.const 0)))
