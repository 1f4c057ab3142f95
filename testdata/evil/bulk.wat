;; class 8: fills 48 MiB again and again, each time with one instruction. Ends by fuel
(module
  (memory (export "memory") 768)
  (func (export "on_run_begin") (result i32)
    (loop $l
      (memory.fill (i32.const 0) (i32.const 1) (i32.const 50331648))
      (br $l))
    (unreachable)))
