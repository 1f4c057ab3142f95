;; class 5: asks for a bigger table for ever
(module
  (memory (export "memory") 1)
  (table 1 funcref)
  (func (export "on_run_begin") (result i32)
    (loop $l
      (drop (table.grow 0 (ref.null func) (i32.const 1000)))
      (br $l))
    (unreachable)))
