;; divides by zero
(module
  (memory (export "memory") 1)
  (func (export "on_run_begin") (result i32) (i32.div_u (i32.const 1) (i32.load (i32.const 0)))))
