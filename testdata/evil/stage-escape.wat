;; classes 1 and 3: tries every way out of the stage with every function, and logs what became of it: the host's words, or the path
;; with the number that was returned
(module
  (import "guild_v1" "log" (func $log (param i32 i32 i32) (result i32)))
  (import "guild_v1" "error_message" (func $error_message (param i32 i32) (result i32)))
  (import "guild_v1" "stage_stat" (func $stat (param i32 i32 i32) (result i32)))
  (import "guild_v1" "stage_read" (func $read (param i32 i32 i64 i32 i32) (result i32)))
  (import "guild_v1" "stage_write" (func $write (param i32 i32 i32 i32 i32) (result i32)))
  (import "guild_v1" "stage_remove" (func $remove (param i32 i32) (result i32)))
  (import "guild_v1" "stage_list" (func $list (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0)
    "/etc/passwd\00../secret\00sub/../../secret\00fileout\00dirout/secret\00sub/up/fileout\00loop1\00dangling\00"
    "hard\00fifo\00null\00socket\00sub\00.guild/opref\00guildlink/opref\00nested/.guild/key\00\00")
  (data (i32.const 1024) "**")

  (func $size (param $z i32) (result i32)
    (local $n i32)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (i32.load8_u (i32.add (local.get $z) (local.get $n)))))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br $next)))
    (local.get $n))

  ;; logs one result
  (func $tell (param $path i32) (param $long i32) (param $r i32)
    (if (i32.lt_s (local.get $r) (i32.const 0))
      (then
        (drop (call $log (i32.const 0) (i32.const 8192) (call $error_message (i32.const 8192) (i32.const 8192))))
        (return)))
    (memory.copy (i32.const 8192) (local.get $path) (local.get $long))
    (i32.store8 (i32.add (i32.const 8192) (local.get $long)) (i32.const 0x20))
    (i32.store8 (i32.add (i32.const 8193) (local.get $long)) (i32.add (i32.const 0x30) (local.get $r)))
    (drop (call $log (i32.const 0) (i32.const 8192) (i32.add (local.get $long) (i32.const 2)))))

  (func (export "on_run_staged") (result i32)
    (local $p i32) (local $n i32)
    (loop $next
      (local.set $n (call $size (local.get $p)))
      (call $tell (local.get $p) (local.get $n) (call $stat (local.get $p) (local.get $n) (i32.const 4096)))
      (call $tell (local.get $p) (local.get $n) (call $read (local.get $p) (local.get $n) (i64.const 0) (i32.const 4096) (i32.const 1024)))
      (call $tell (local.get $p) (local.get $n) (call $write (local.get $p) (local.get $n) (i32.const 0) (i32.const 0) (i32.const 4)))
      (call $tell (local.get $p) (local.get $n) (call $write (local.get $p) (local.get $n) (i32.const 1) (i32.const 0) (i32.const 4)))
      (call $tell (local.get $p) (local.get $n) (call $remove (local.get $p) (local.get $n)))
      (local.set $p (i32.add (local.get $p) (i32.add (local.get $n) (i32.const 1))))
      (br_if $next (i32.load8_u (local.get $p))))
    (local.set $n (call $list (i32.const 1024) (i32.const 2) (i32.const 4096) (i32.const 4096)))
    (drop (call $log (i32.const 0) (i32.const 4096) (local.get $n)))
    (i32.const 0)))
