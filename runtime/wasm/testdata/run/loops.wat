;; Tight loops, as compilers make them. The benchmarks use them too.
(module
  (memory (export "memory") 4)
  (func $fib (export "fib") (param i32) (result i32)
    (if (result i32) (i32.lt_s (local.get 0) (i32.const 2)) (then (local.get 0))
      (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1))) (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
  (func (export "lcg") (param $n i32) (result i32) (local $s i32)
    (loop $l
      (local.set $s (i32.add (i32.mul (local.get $s) (i32.const 1664525)) (i32.const 1013904223)))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $s))
  (func (export "bytesum") (param $n i32) (result i32) (local $s i32) (local $i i32)
    (loop $o
      (local.set $i (i32.const 0))
      (loop $l
        (local.set $s (i32.add (local.get $s) (i32.load8_u (local.get $i))))
        (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 65536))))
      (br_if $o (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $s))
  (func (export "sieve") (param $n i32) (result i32) (local $i i32) (local $j i32) (local $c i32)
    (loop $o
      (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536))
      (local.set $i (i32.const 2)) (local.set $c (i32.const 0))
      (block $x (loop $l
        (br_if $x (i32.ge_u (local.get $i) (i32.const 65536)))
        (if (i32.load8_u (local.get $i)) (then
          (local.set $c (i32.add (local.get $c) (i32.const 1)))
          (local.set $j (i32.shl (local.get $i) (i32.const 1)))
          (block $y (loop $m
            (br_if $y (i32.ge_u (local.get $j) (i32.const 65536)))
            (i32.store8 (local.get $j) (i32.const 0))
            (local.set $j (i32.add (local.get $j) (local.get $i)))
            (br $m)))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $l)))
      (br_if $o (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $c))
  (func (export "collatz") (param $n i32) (result i32) (local $x i64) (local $c i32)
    (loop $o
      (local.set $x (i64.extend_i32_u (local.get $n)))
      (block $d (loop $l
        (br_if $d (i64.le_u (local.get $x) (i64.const 1)))
        (if (i64.eqz (i64.and (local.get $x) (i64.const 1)))
          (then (local.set $x (i64.shr_u (local.get $x) (i64.const 1))))
          (else (local.set $x (i64.add (i64.mul (local.get $x) (i64.const 3)) (i64.const 1)))))
        (local.set $c (i32.add (local.get $c) (i32.const 1)))
        (br $l)))
      (br_if $o (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $c))
  (func $step (param i32) (result i32) (i32.xor (i32.mul (local.get 0) (i32.const 31)) (i32.const 7)))
  (func $mid (param i32) (result i32) (i32.add (call $step (local.get 0)) (i32.const 1)))
  (func (export "calls") (param $n i32) (result i32) (local $s i32)
    (loop $l
      (local.set $s (call $mid (local.get $s)))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $s))
  (func (export "fill") (param $n i32) (result i32)
    (loop $l
      (memory.fill (i32.const 0) (local.get $n) (i32.shr_u (local.get $n) (i32.const 2)))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.load (i32.const 0)))
  (func (export "mat") (param $n i32) (result i32) (local $i i32) (local $j i32) (local $k i32) (local $s f64)
    (loop $o
     (local.set $i (i32.const 0))
     (loop $li
      (local.set $j (i32.const 0))
      (loop $lj
       (local.set $k (i32.const 0)) (local.set $s (f64.const 0))
       (loop $lk
        (local.set $s (f64.add (local.get $s) (f64.mul
          (f64.load (i32.shl (i32.add (i32.mul (local.get $i) (i32.const 64)) (local.get $k)) (i32.const 3)))
          (f64.load (i32.add (i32.const 65536) (i32.shl (i32.add (i32.mul (local.get $k) (i32.const 64)) (local.get $j)) (i32.const 3)))))))
        (br_if $lk (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 1))) (i32.const 64))))
       (f64.store (i32.add (i32.const 131072) (i32.shl (i32.add (i32.mul (local.get $i) (i32.const 64)) (local.get $j)) (i32.const 3))) (local.get $s))
       (br_if $lj (i32.lt_u (local.tee $j (i32.add (local.get $j) (i32.const 1))) (i32.const 64))))
      (br_if $li (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 64))))
     (br_if $o (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.load (i32.const 131072)))
)
