;; class 9: calls itself for ever, to use up the host's stack
(module
  (memory (export "memory") 1)
  (func $f (result i32) (i32.add (call $f) (i32.const 1)))
  (func (export "on_run_begin") (result i32) (call $f)))
