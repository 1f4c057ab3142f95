;; class 13: _initialize never ends
(module
  (memory (export "memory") 1)
  (func (export "_initialize") (loop $l (br $l)))
  (func (export "on_run_begin") (result i32) (i32.const 0)))
