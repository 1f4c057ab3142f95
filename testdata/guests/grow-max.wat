;; as grow, but up to its declared maximum, where a memory cannot be made to shrink
(module
  (memory (export "memory") 1 3)
  (func (export "on_run_begin") (result i32)
    (if (i32.ne (memory.size) (i32.const 1)) (then (return (memory.size))))
    (if (i32.ne (memory.grow (i32.const 2)) (i32.const 1)) (then (return (i32.const 100))))
    (if (i32.ne (i32.load (i32.const 190000)) (i32.const 0)) (then (return (i32.const 101))))
    (i32.store (i32.const 190000) (i32.const 1))
    (i32.const 0)))
