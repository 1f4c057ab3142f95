;; changes its table, which no restoring of memory undoes: it must get a new instance for every event
(module
  (type $f (func (result i32)))
  (memory (export "memory") 1)
  (table 2 funcref)
  (elem (i32.const 0) $zero $one)
  (elem declare func $one)
  (func $zero (result i32) (i32.const 0))
  (func $one (result i32) (i32.const 1))
  (func (export "on_run_begin") (result i32)
    (local $was i32)
    (local.set $was (call_indirect (type $f) (i32.const 0)))
    (table.set 0 (i32.const 0) (ref.func $one))
    (local.get $was)))
