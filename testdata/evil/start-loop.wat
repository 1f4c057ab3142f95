;; class 13: the start section never ends
(module
  (memory (export "memory") 1)
  (func $start (loop $l (br $l)))
  (start $start)
  (func (export "on_run_begin") (result i32) (i32.const 0)))
