;; class 5: 72 bytes that take 800 MB in a host without a limit on tables
(module
  (memory (export "memory") 1)
  (table 100000000 funcref)
  (func (export "on_run_begin") (result i32) (i32.const 0)))
