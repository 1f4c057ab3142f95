;; class 8: each of the other instructions that do much at once, again and again. All end by fuel
(module
  (memory (export "memory") 768)
  (table 60000 funcref)
  (data $d "0123456789abcdef")
  (elem $e func $f)
  (func $f)
  (func (export "on_init") (result i32)
    (loop $l
      (memory.copy (i32.const 1) (i32.const 0) (i32.const 50331647))
      (br $l))
    (unreachable))
  (func (export "on_flags_detect") (result i32)
    (loop $l
      (memory.init $d (i32.const 0) (i32.const 0) (i32.const 16))
      (br $l))
    (unreachable))
  (func (export "on_flags_composed") (result i32)
    (loop $l
      (table.fill 0 (i32.const 0) (ref.null func) (i32.const 60000))
      (br $l))
    (unreachable))
  (func (export "on_run_begin") (result i32)
    (loop $l
      (table.copy 0 0 (i32.const 1) (i32.const 0) (i32.const 59999))
      (br $l))
    (unreachable))
  (func (export "on_run_end") (result i32)
    (loop $l
      (table.init 0 $e (i32.const 0) (i32.const 0) (i32.const 1))
      (br $l))
    (unreachable)))
