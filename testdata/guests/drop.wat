;; drops a data segment; a restored instance that still had it dropped would trap at the second event
(module
  (memory (export "memory") 1)
  (data $d "x")
  (func (export "on_run_begin") (result i32)
    (memory.init $d (i32.const 0) (i32.const 0) (i32.const 1))
    (data.drop $d)
    (i32.const 0)))
