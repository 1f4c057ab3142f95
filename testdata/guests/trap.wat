;; traps without a word
(module
  (memory (export "memory") 1)
  (func $check (unreachable))
  (func (export "on_run_begin") (result i32) (call $check) (i32.const 0)))
