;; the function "echo" for Extism: takes the input into its own memory and gives it back, eight bytes at a time, as Extism's
;; plug-in libraries do. The input must be a multiple of eight bytes
(module
  (import "extism:host/env" "input_length" (func $input_length (result i64)))
  (import "extism:host/env" "input_load_u64" (func $input_load_u64 (param i64) (result i64)))
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "store_u64" (func $store_u64 (param i64 i64)))
  (import "extism:host/env" "output_set" (func $output_set (param i64 i64)))
  (memory (export "memory") 1)
  (func (export "noop") (result i32) (i32.const 0))
  (func (export "echo") (result i32)
    (local $n i64) (local $at i64) (local $out i64)
    (local.set $n (call $input_length))
    (block $read
      (loop $next
        (br_if $read (i64.ge_u (local.get $at) (local.get $n)))
        (i64.store (i32.add (i32.const 1024) (i32.wrap_i64 (local.get $at))) (call $input_load_u64 (local.get $at)))
        (local.set $at (i64.add (local.get $at) (i64.const 8)))
        (br $next)))
    (local.set $out (call $alloc (local.get $n)))
    (local.set $at (i64.const 0))
    (block $written
      (loop $next
        (br_if $written (i64.ge_u (local.get $at) (local.get $n)))
        (call $store_u64
          (i64.add (local.get $out) (local.get $at))
          (i64.load (i32.add (i32.const 1024) (i32.wrap_i64 (local.get $at)))))
        (local.set $at (i64.add (local.get $at) (i64.const 8)))
        (br $next)))
    (call $output_set (local.get $out) (local.get $n))
    (i32.const 0)))
