;; class 5: grows a table without end; returns how often it got more
(module
  (memory (export "memory") 1)
  (table 1 funcref)
  (func (export "on_run_begin") (result i32)
    (local $n i32)
    (loop $l
      (if (i32.ne (table.grow 0 (ref.null func) (i32.const 65536)) (i32.const -1))
        (then (local.set $n (i32.add (local.get $n) (i32.const 1))) (br $l))))
    (local.get $n)))
