;; class 4: takes memory page by page, uses all of it, and traps when there is no more
(module
  (memory (export "memory") 1)
  (func (export "on_run_begin") (result i32)
    (local $page i32)
    (loop $l
      (local.set $page (memory.grow (i32.const 1)))
      (if (i32.eq (local.get $page) (i32.const -1)) (then (unreachable)))
      (memory.fill (i32.shl (local.get $page) (i32.const 16)) (i32.const 7) (i32.const 65536))
      (br $l))
    (unreachable)))
