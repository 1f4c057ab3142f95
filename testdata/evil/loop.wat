;; class 6: never ends. Ends by fuel
(module
  (memory (export "memory") 1)
  (func (export "on_run_begin") (result i32) (loop $l (br $l)) (unreachable)))
