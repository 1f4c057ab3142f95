;; class 4: wants all memory there is, and traps when it is refused
(module
  (memory (export "memory") 1)
  (func (export "on_run_begin") (result i32)
    (if (i32.eq (memory.grow (i32.const 65000)) (i32.const -1)) (then (unreachable)))
    (i32.const 0)))
