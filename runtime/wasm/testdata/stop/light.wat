;; A circle of calls that leads through a table and four functions that are not counted; marks says how often it was gone round.
(module
  (type $v (func))
  (table 1 funcref)
  (elem (i32.const 0) $l1)
  (global $marks (export "marks") (mut i32) (i32.const 0))
  (func $l1 (call $l2))
  (func $l2 (call $l3))
  (func $l3 (call $l4))
  (func $l4 (call $round))
  (func $round (export "round")
    (global.set $marks (i32.add (global.get $marks) (i32.const 1)))
    (call_indirect (type $v) (i32.const 0)))
)
