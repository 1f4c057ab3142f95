;; grows until it is refused, then gives up as an allocator does
(module
  (memory (export "memory") 1)
  (func (export "on_run_begin") (result i32)
    (loop $more
      (br_if $more (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
    (unreachable)))
