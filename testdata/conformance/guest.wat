;; The conformance guest in the text format: it reads its cases from the parameter "cases", makes each call, and logs one
;; line about it. README.md says how cases and lines are written. All calls are made as they are: there is no SDK here, so "!" in a case means
;; nothing.
(module
  (import "guild_v1" "log" (func $log (param i32 i32 i32) (result i32)))
  (import "guild_v1" "panic_message" (func $panic_message (param i32 i32) (result i32)))
  (import "guild_v1" "error_message" (func $error_message (param i32 i32) (result i32)))
  (import "guild_v1" "now" (func $now (result i64)))
  (import "guild_v1" "random" (func $random (param i32 i32) (result i32)))
  (import "guild_v1" "param_get" (func $param_get (param i32 i32 i32 i32) (result i32)))
  (import "guild_v1" "event_get" (func $event_get (param i32 i32 i32 i32) (result i32)))
  (import "guild_v1" "deny" (func $deny (param i32 i32) (result i32)))
  (import "guild_v1" "stop" (func $stop (param i32 i32) (result i32)))
  (import "guild_v1" "stage_list" (func $stage_list (param i32 i32 i32 i32) (result i32)))
  (import "guild_v1" "stage_stat" (func $stage_stat (param i32 i32 i32) (result i32)))
  (import "guild_v1" "stage_read" (func $stage_read (param i32 i32 i64 i32 i32) (result i32)))
  (import "guild_v1" "stage_write" (func $stage_write (param i32 i32 i32 i32 i32) (result i32)))
  (import "guild_v1" "stage_remove" (func $stage_remove (param i32 i32) (result i32)))
  (import "guild_v1" "flag_set" (func $flag_set (param i32 i32 i32 i32) (result i32)))
  (import "guild_v1" "env_set" (func $env_set (param i32 i32 i32 i32) (result i32)))
  (import "guild_v1" "attr_set" (func $attr_set (param i32 i32 i32 i32) (result i32)))
  (import "guild_v1" "plan_set" (func $plan_set (param i32 i32) (result i32)))
  (import "guild_v1" "state_get" (func $state_get (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "guild_v1" "state_put" (func $state_put (param i32 i32 i32 i32 i32 i64) (result i64)))
  (import "guild_v1" "state_append" (func $state_append (param i32 i32 i32 i32 i32) (result i64)))
  (import "guild_v1" "answer" (func $answer (param i32 i32) (result i32)))
  (import "guild_v1" "lock_request" (func $lock_request (result i32)))
  (import "guild_v1" "emit" (func $emit (param i32 i32 i32 i32) (result i32)))

  ;; 0x0400 arguments of the call, 8 bytes each   0x0800 line that is made   0x10000 cases   0x30000 lines of the
  ;; initialisation   0x40000 texts and buffers of one call
  (memory (export "memory") 192)

  ;; functions in the order of $choose, each with letters for its arguments
  (data (i32.const 0)
    "log\00is\00panic_message\00s\00error_message\00b\00now\00\00random\00b\00param_get\00sb\00event_get\00sb\00deny\00s\00stop\00s\00"
    "stage_list\00sb\00stage_stat\00so\00stage_read\00slb\00stage_write\00sis\00stage_remove\00s\00flag_set\00ss\00env_set\00ss\00"
    "attr_set\00ss\00plan_set\00s\00state_get\00isbv\00state_put\00issl\00state_append\00iss\00answer\00s\00lock_request\00\00emit\00ss\00\00")
  ;; errnos from -1 down
  (data (i32.const 0x200)
    "NOT_FOUND\00DENIED\00INVALID\00FAULT\00TOO_BIG\00READ_ONLY\00EXISTS\00IO\00LIMIT\00CONFLICT\00STATE\00UNSUPPORTED\00\00")
  (data (i32.const 0x300) "cases.\00kit.part\00event.name\00")
  (data (i32.const 0x320) "begin \00 ok\00, then \00text\00none\00filled\00")
  (data (i32.const 0x350) " untouched\00file \00dir\00link\00other\00fail\00trap\00init\00")

  (global $out (mut i32) (i32.const 0x800))       ;; end of the line
  (global $saved (mut i32) (i32.const 0x30000))   ;; end of the lines of the initialisation
  (global $count (mut i32) (i32.const 0))         ;; events so far
  (global $top (mut i32) (i32.const 0x40000))     ;; end of texts and buffers
  (global $at (mut i32) (i32.const 0))            ;; what is read of the case, from here
  (global $end (mut i32) (i32.const 0))           ;; to here
  (global $word (mut i32) (i32.const 0))          ;; the word read last
  (global $long (mut i32) (i32.const 0))          ;; its length
  (global $round (mut i64) (i64.const 0))         ;; of a repeated call
  (global $buf (mut i32) (i32.const 0))           ;; the buffer of the call
  (global $cap (mut i32) (i32.const 0))
  (global $place (mut i32) (i32.const 0))         ;; where else it may write, or 0

  ;; ---- the line

  (func $put (param $c i32)
    (i32.store8 (global.get $out) (local.get $c))
    (global.set $out (i32.add (global.get $out) (i32.const 1))))

  ;; puts text as it may be logged: what is not printable ASCII is "|"
  (func $show (param $p i32) (param $n i32)
    (local $c i32)
    (loop $next
      (if (i32.eqz (local.get $n)) (then (return)))
      (local.set $c (i32.load8_u (local.get $p)))
      (call $put (select (local.get $c) (i32.const 0x7c)
        (i32.lt_u (i32.sub (local.get $c) (i32.const 0x20)) (i32.const 0x5f))))
      (local.set $p (i32.add (local.get $p) (i32.const 1)))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br $next)))

  (func $size (param $z i32) (result i32)
    (local $n i32)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (i32.load8_u (i32.add (local.get $z) (local.get $n)))))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br $next)))
    (local.get $n))

  (func $put_z (param $z i32)
    (call $show (local.get $z) (call $size (local.get $z))))

  (func $put_number (param $v i64)
    (if (i64.lt_s (local.get $v) (i64.const 0))
      (then
        (call $put (i32.const 0x2d))
        (local.set $v (i64.sub (i64.const 0) (local.get $v)))))
    (if (i64.ge_u (local.get $v) (i64.const 10))
      (then (call $put_number (i64.div_u (local.get $v) (i64.const 10)))))
    (call $put (i32.add (i32.const 0x30) (i32.wrap_i64 (i64.rem_u (local.get $v) (i64.const 10))))))

  ;; puts the name of an errno, or the number if it has none
  (func $put_errno (param $v i64)
    (local $z i32) (local $left i64)
    (local.set $z (i32.const 0x200))
    (local.set $left (i64.sub (i64.const -1) (local.get $v)))
    (loop $next
      (if (i32.eqz (i32.load8_u (local.get $z)))
        (then (return (call $put_number (local.get $v)))))
      (if (i64.ne (local.get $left) (i64.const 0))
        (then
          (local.set $left (i64.sub (local.get $left) (i64.const 1)))
          (local.set $z (i32.add (local.get $z) (i32.add (call $size (local.get $z)) (i32.const 1))))
          (br $next))))
    (call $put_z (local.get $z)))

  ;; ---- reading a case

  ;; reads the next word; one that is not there has length 0
  (func $read
    (global.set $word (global.get $at))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (global.get $at) (global.get $end)))
        (br_if $done (i32.eq (i32.load8_u (global.get $at)) (i32.const 0x20)))
        (global.set $at (i32.add (global.get $at) (i32.const 1)))
        (br $next)))
    (global.set $long (i32.sub (global.get $at) (global.get $word)))
    (global.set $at (i32.add (global.get $at) (i32.const 1))))

  (func $digit (param $p i32) (result i32)
    (i32.and
      (i32.lt_u (local.get $p) (i32.add (global.get $word) (global.get $long)))
      (i32.lt_u (i32.sub (i32.load8_u (local.get $p)) (i32.const 0x30)) (i32.const 10))))

  ;; the number that begins at p within the word
  (func $number (param $p i32) (result i64)
    (local $v i64) (local $minus i32)
    (local.set $minus (i32.eq (i32.load8_u (local.get $p)) (i32.const 0x2d)))
    (local.set $p (i32.add (local.get $p) (local.get $minus)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (call $digit (local.get $p))))
        (local.set $v (i64.add (i64.mul (local.get $v) (i64.const 10))
          (i64.extend_i32_u (i32.sub (i32.load8_u (local.get $p)) (i32.const 0x30)))))
        (local.set $p (i32.add (local.get $p) (i32.const 1)))
        (br $next)))
    (select (i64.sub (i64.const 0) (local.get $v)) (local.get $v) (local.get $minus)))

  ;; where the number that begins at p ends
  (func $past (param $p i32) (result i32)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (call $digit (local.get $p))))
        (local.set $p (i32.add (local.get $p) (i32.const 1)))
        (br $next)))
    (local.get $p))

  ;; whether the word is the constant z
  (func $is (param $z i32) (result i32)
    (local $i i32)
    (if (i32.ne (call $size (local.get $z)) (global.get $long)) (then (return (i32.const 0))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $i) (global.get $long)))
        (if (i32.ne (i32.load8_u (i32.add (local.get $z) (local.get $i))) (i32.load8_u (i32.add (global.get $word) (local.get $i))))
          (then (return (i32.const 0))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next)))
    (i32.const 1))

  (func $push (param $c i32)
    (i32.store8 (global.get $top) (local.get $c))
    (global.set $top (i32.add (global.get $top) (i32.const 1))))

  (func $push_number (param $v i64)
    (if (i64.ge_u (local.get $v) (i64.const 10))
      (then (call $push_number (i64.div_u (local.get $v) (i64.const 10)))))
    (call $push (i32.add (i32.const 0x30) (i32.wrap_i64 (i64.rem_u (local.get $v) (i64.const 10))))))

  (func $hex (param $p i32) (result i32)
    (local $c i32)
    (local.set $c (i32.load8_u (local.get $p)))
    (if (result i32) (i32.lt_u (local.get $c) (i32.const 0x3a))
      (then (i32.sub (local.get $c) (i32.const 0x30)))
      (else (i32.sub (local.get $c) (i32.const 0x57)))))

  ;; decodes the word, a text, to the end of the texts, and returns where that is
  (func $text (result i32)
    (local $p i32) (local $to i32) (local $start i32) (local $from i32) (local $times i32) (local $c i32) (local $n i32) (local $total i32)
    (local.set $start (global.get $top))
    (local.set $p (global.get $word))
    (local.set $to (i32.add (global.get $word) (global.get $long)))
    (if (i32.and (i32.eq (global.get $long) (i32.const 1)) (i32.eq (i32.load8_u (local.get $p)) (i32.const 0x7e)))
      (then (return (local.get $start))))
    (loop $piece
      (local.set $times (i32.const 1))
      (local.set $c (call $past (local.get $p)))
      (if (i32.and (i32.gt_u (local.get $c) (local.get $p)) (i32.eq (i32.load8_u (local.get $c)) (i32.const 0x2a)))
        (then
          (local.set $times (i32.wrap_i64 (call $number (local.get $p))))
          (local.set $p (i32.add (local.get $c) (i32.const 1)))))
      (local.set $from (global.get $top))
      (block $done
        (loop $next
          (br_if $done (i32.ge_u (local.get $p) (local.get $to)))
          (local.set $c (i32.load8_u (local.get $p)))
          (br_if $done (i32.eq (local.get $c) (i32.const 0x2b)))
          (local.set $p (i32.add (local.get $p) (i32.const 1)))
          (if (i32.eq (local.get $c) (i32.const 0x23)) ;; #
            (then
              (call $push_number (global.get $round))
              (br $next)))
          (if (i32.eq (local.get $c) (i32.const 0x25)) ;; %
            (then
              (call $push (i32.add (i32.shl (call $hex (local.get $p)) (i32.const 4)) (call $hex (i32.add (local.get $p) (i32.const 1)))))
              (local.set $p (i32.add (local.get $p) (i32.const 2)))
              (br $next)))
          (call $push (select (i32.const 0x22) (local.get $c) (i32.eq (local.get $c) (i32.const 0x27)))) ;; ' for "
          (br $next)))
      (local.set $n (i32.sub (global.get $top) (local.get $from)))
      (local.set $total (i32.mul (local.get $n) (local.get $times)))
      (block $done
        (loop $double
          (br_if $done (i32.ge_u (local.get $n) (local.get $total)))
          (local.set $c (select (local.get $n) (i32.sub (local.get $total) (local.get $n))
            (i32.lt_u (local.get $n) (i32.sub (local.get $total) (local.get $n)))))
          (memory.copy (i32.add (local.get $from) (local.get $n)) (local.get $from) (local.get $c))
          (local.set $n (i32.add (local.get $n) (local.get $c)))
          (br $double)))
      (global.set $top (i32.add (local.get $from) (local.get $total)))
      (local.set $p (i32.add (local.get $p) (i32.const 1)))
      (br_if $piece (i32.le_u (local.get $p) (local.get $to))))
    (local.get $start))

  ;; ---- a call

  (func $keep (param $slot i32) (param $v i64) (result i32)
    (i64.store offset=0x400 (i32.shl (local.get $slot) (i32.const 3)) (local.get $v))
    (i32.add (local.get $slot) (i32.const 1)))

  ;; puts pointer and length of "@P,N" into two arguments
  (func $keep_at (param $slot i32) (result i32)
    (local $p i32)
    (local.set $p (i32.add (global.get $word) (i32.const 1)))
    (local.set $slot (call $keep (local.get $slot) (call $number (local.get $p))))
    (call $keep (local.get $slot) (call $number (i32.add (call $past (local.get $p)) (i32.const 1)))))

  ;; room of n bytes, all "."
  (func $room (param $n i32) (result i32)
    (local $p i32)
    (local.set $p (global.get $top))
    (memory.fill (local.get $p) (i32.const 0x2e) (local.get $n))
    (global.set $top (i32.add (local.get $p) (local.get $n)))
    (local.get $p))

  ;; reads the arguments
  (func $arguments (param $letters i32)
    (local $slot i32) (local $letter i32) (local $first i32) (local $p i32)
    (global.set $top (i32.const 0x40000))
    (global.set $buf (i32.const 0))
    (global.set $cap (i32.const 0))
    (global.set $place (i32.const 0))
    (loop $next
      (local.set $letter (i32.load8_u (local.get $letters)))
      (if (i32.eqz (local.get $letter)) (then (return)))
      (local.set $letters (i32.add (local.get $letters) (i32.const 1)))
      (call $read)
      (local.set $first (i32.load8_u (global.get $word)))
      (if (i32.or (i32.eq (local.get $letter) (i32.const 0x69)) (i32.eq (local.get $letter) (i32.const 0x6c))) ;; i, l
        (then
          (local.set $slot (call $keep (local.get $slot) (call $number (global.get $word))))
          (br $next)))
      (if (i32.or (i32.eq (local.get $letter) (i32.const 0x6f)) (i32.eq (local.get $letter) (i32.const 0x76))) ;; o, v
        (then
          (if (i32.eq (local.get $first) (i32.const 0x2e))
            (then
              (global.set $place (call $room (i32.const 24)))
              (local.set $slot (call $keep (local.get $slot) (i64.extend_i32_u (global.get $place)))))
            (else
              (local.set $slot (call $keep (local.get $slot)
                (call $number (i32.add (global.get $word) (i32.eq (local.get $first) (i32.const 0x40))))))))
          (br $next)))
      (if (i32.eq (local.get $first) (i32.const 0x40)) ;; @
        (then
          (local.set $slot (call $keep_at (local.get $slot)))
          (br $next)))
      (if (i32.eq (local.get $letter) (i32.const 0x62)) ;; b
        (then
          (global.set $cap (i32.wrap_i64 (call $number (global.get $word))))
          (global.set $buf (call $room (global.get $cap)))
          (local.set $slot (call $keep (local.get $slot) (i64.extend_i32_u (global.get $buf))))
          (local.set $slot (call $keep (local.get $slot) (i64.extend_i32_u (global.get $cap))))
          (br $next)))
      (local.set $p (call $text))
      (local.set $slot (call $keep (local.get $slot) (i64.extend_i32_u (local.get $p))))
      (local.set $slot (call $keep (local.get $slot) (i64.extend_i32_u (i32.sub (global.get $top) (local.get $p)))))
      (br $next)))

  (func $l (param i32) (result i64) (i64.load offset=0x400 (i32.shl (local.get 0) (i32.const 3))))
  (func $i (param i32) (result i32) (i32.load offset=0x400 (i32.shl (local.get 0) (i32.const 3))))

  (func $choose (param $function i32) (result i64)
    (block $b23
    (block $b22
    (block $b21
    (block $b20
    (block $b19
    (block $b18
    (block $b17
    (block $b16
    (block $b15
    (block $b14
    (block $b13
    (block $b12
    (block $b11
    (block $b10
    (block $b9
    (block $b8
    (block $b7
    (block $b6
    (block $b5
    (block $b4
    (block $b3
    (block $b2
    (block $b1
    (block $b0
      (br_table $b0 $b1 $b2 $b3 $b4 $b5 $b6 $b7 $b8 $b9 $b10 $b11 $b12 $b13 $b14 $b15 $b16 $b17 $b18 $b19 $b20 $b21 $b22 $b23 (local.get $function)))
      (return (i64.extend_i32_s (call $log (call $i (i32.const 0)) (call $i (i32.const 1)) (call $i (i32.const 2))))))
      (return (i64.extend_i32_s (call $panic_message (call $i (i32.const 0)) (call $i (i32.const 1))))))
      (return (i64.extend_i32_s (call $error_message (call $i (i32.const 0)) (call $i (i32.const 1))))))
      (return (call $now)))
      (return (i64.extend_i32_s (call $random (call $i (i32.const 0)) (call $i (i32.const 1))))))
      (return (i64.extend_i32_s (call $param_get (call $i (i32.const 0)) (call $i (i32.const 1)) (call $i (i32.const 2)) (call $i (i32.const 3))))))
      (return (i64.extend_i32_s (call $event_get (call $i (i32.const 0)) (call $i (i32.const 1)) (call $i (i32.const 2)) (call $i (i32.const 3))))))
      (return (i64.extend_i32_s (call $deny (call $i (i32.const 0)) (call $i (i32.const 1))))))
      (return (i64.extend_i32_s (call $stop (call $i (i32.const 0)) (call $i (i32.const 1))))))
      (return (i64.extend_i32_s (call $stage_list (call $i (i32.const 0)) (call $i (i32.const 1)) (call $i (i32.const 2)) (call $i (i32.const 3))))))
      (return (i64.extend_i32_s (call $stage_stat (call $i (i32.const 0)) (call $i (i32.const 1)) (call $i (i32.const 2))))))
      (return (i64.extend_i32_s (call $stage_read (call $i (i32.const 0)) (call $i (i32.const 1)) (call $l (i32.const 2)) (call $i (i32.const 3)) (call $i (i32.const 4))))))
      (return (i64.extend_i32_s (call $stage_write (call $i (i32.const 0)) (call $i (i32.const 1)) (call $i (i32.const 2)) (call $i (i32.const 3)) (call $i (i32.const 4))))))
      (return (i64.extend_i32_s (call $stage_remove (call $i (i32.const 0)) (call $i (i32.const 1))))))
      (return (i64.extend_i32_s (call $flag_set (call $i (i32.const 0)) (call $i (i32.const 1)) (call $i (i32.const 2)) (call $i (i32.const 3))))))
      (return (i64.extend_i32_s (call $env_set (call $i (i32.const 0)) (call $i (i32.const 1)) (call $i (i32.const 2)) (call $i (i32.const 3))))))
      (return (i64.extend_i32_s (call $attr_set (call $i (i32.const 0)) (call $i (i32.const 1)) (call $i (i32.const 2)) (call $i (i32.const 3))))))
      (return (i64.extend_i32_s (call $plan_set (call $i (i32.const 0)) (call $i (i32.const 1))))))
      (return (i64.extend_i32_s (call $state_get (call $i (i32.const 0)) (call $i (i32.const 1)) (call $i (i32.const 2)) (call $i (i32.const 3)) (call $i (i32.const 4)) (call $i (i32.const 5))))))
      (return (call $state_put (call $i (i32.const 0)) (call $i (i32.const 1)) (call $i (i32.const 2)) (call $i (i32.const 3)) (call $i (i32.const 4)) (call $l (i32.const 5)))))
      (return (call $state_append (call $i (i32.const 0)) (call $i (i32.const 1)) (call $i (i32.const 2)) (call $i (i32.const 3)) (call $i (i32.const 4)))))
      (return (i64.extend_i32_s (call $answer (call $i (i32.const 0)) (call $i (i32.const 1))))))
      (return (i64.extend_i32_s (call $lock_request))))
      (return (i64.extend_i32_s (call $emit (call $i (i32.const 0)) (call $i (i32.const 1)) (call $i (i32.const 2)) (call $i (i32.const 3))))))

  ;; whether anything but "." is in the buffer from n on
  (func $touched (param $n i32) (result i32)
    (loop $next
      (if (i32.ge_u (local.get $n) (global.get $cap)) (then (return (i32.const 0))))
      (if (i32.ne (i32.load8_u (i32.add (global.get $buf) (local.get $n))) (i32.const 0x2e)) (then (return (i32.const 1))))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br $next))
    (unreachable))

  ;; puts " untouched" or " touched", as the buffer is
  (func $put_touched
    (if (call $touched (i32.const 0))
      (then
        (call $put (i32.const 0x20))
        (call $put_z (i32.const 0x353)))
      (else (call $put_z (i32.const 0x350)))))

  (func $put_octal (param $v i32)
    (call $put (i32.add (i32.const 0x30) (i32.and (i32.shr_u (local.get $v) (i32.const 6)) (i32.const 7))))
    (call $put (i32.add (i32.const 0x30) (i32.and (i32.shr_u (local.get $v) (i32.const 3)) (i32.const 7))))
    (call $put (i32.add (i32.const 0x30) (i32.and (local.get $v) (i32.const 7)))))

  (func $put_stat
    (local $kind i32)
    (local.set $kind (i32.load offset=8 (global.get $place)))
    (if (i32.eq (local.get $kind) (i32.const 1))
      (then
        (call $put_z (i32.const 0x35b)) ;; file
        (call $put_number (i64.load (global.get $place)))
        (call $put (i32.const 0x20))
        (call $put_octal (i32.load offset=12 (global.get $place)))
        (return)))
    (call $put_z (select (i32.const 0x361) (select (i32.const 0x365) (i32.const 0x36a) (i32.eq (local.get $kind) (i32.const 3)))
      (i32.eq (local.get $kind) (i32.const 2)))))

  ;; puts what a call returned
  (func $put_result (param $f i32) (param $r i64)
    (local $n i32)
    (if (i64.lt_s (local.get $r) (i64.const 0)) (then (return (call $put_errno (local.get $r)))))
    (if (i32.eq (local.get $f) (i32.const 3)) ;; now
      (then (return (call $put_number (local.get $r)))))
    (if (i32.eq (local.get $f) (i32.const 2)) ;; error_message
      (then
        (call $put_z (select (i32.const 0x333) (i32.const 0x338) (i64.ne (local.get $r) (i64.const 0))))
        (if (i64.gt_u (local.get $r) (i64.extend_i32_u (global.get $cap))) (then (call $put_touched)))
        (return)))
    (if (i32.and (i32.eq (local.get $f) (i32.const 4)) (i32.ne (global.get $cap) (i32.const 0))) ;; random
      (then
        (if (call $touched (i32.sub (global.get $cap) (i32.const 8)))
          (then (call $put_z (i32.const 0x33d)))
          (else (call $put_z (i32.const 0x351))))
        (return)))
    (if (i32.or (i32.eq (local.get $f) (i32.const 19)) (i32.eq (local.get $f) (i32.const 20))) ;; state_put, state_append
      (then
        (call $put (i32.const 0x76))
        (return (call $put_number (local.get $r)))))
    (if (i32.and (i32.eq (local.get $f) (i32.const 10)) (i64.eqz (local.get $r))) ;; stage_stat
      (then (return (call $put_stat))))
    (if (i32.eqz (call $pulls (local.get $f)))
      (then
        (if (i64.eqz (local.get $r))
          (then (call $put_z (i32.const 0x328)))
          (else (call $put_number (local.get $r))))
        (return)))
    (call $put_number (local.get $r))
    (if (global.get $place)
      (then
        (call $put (i32.const 0x20))
        (call $put (i32.const 0x76))
        (call $put_number (i64.load (global.get $place)))))
    (if (i64.gt_u (local.get $r) (i64.extend_i32_u (global.get $cap)))
      (then (return (call $put_touched))))
    (local.set $n (i32.wrap_i64 (local.get $r)))
    (if (local.get $n)
      (then
        (call $put (i32.const 0x20))
        (call $show (global.get $buf) (local.get $n))))
    (if (call $touched (local.get $n))
      (then
        (call $put (i32.const 0x20))
        (call $put_z (i32.const 0x353)))))

  ;; param_get, event_get, stage_list, stage_read, state_get
  (func $pulls (param $f i32) (result i32)
    (i32.and (i32.shr_u (i32.const 0x40a60) (local.get $f)) (i32.const 1)))

  ;; makes the call of the case at $at to $end, and puts a line about it; returns 1 if the handler is to fail
  (func $perform (result i32)
    (local $times i64) (local $f i32) (local $z i32) (local $name i32) (local $case i32) (local $case_long i32) (local $args i32) (local $r i64)
    (local.set $times (i64.const 1))
    (call $read)
    (if (call $digit (global.get $word))
      (then
        (local.set $times (call $number (global.get $word)))
        (call $read)))
    (if (i32.eq (i32.load8_u (global.get $word)) (i32.const 0x21))
      (then
        (global.set $word (i32.add (global.get $word) (i32.const 1)))
        (global.set $long (i32.sub (global.get $long) (i32.const 1)))))
    (if (call $is (i32.const 0x375)) (then (unreachable))) ;; trap
    (if (call $is (i32.const 0x370)) ;; fail
      (then
        (call $read)
        (drop (call $panic_message (global.get $word) (global.get $long)))
        (return (i32.const 1))))
    (block $found
      (loop $next
        (br_if $found (call $is (local.get $z)))
        (local.set $z (i32.add (local.get $z) (i32.add (call $size (local.get $z)) (i32.const 1))))
        (local.set $z (i32.add (local.get $z) (i32.add (call $size (local.get $z)) (i32.const 1))))
        (local.set $f (i32.add (local.get $f) (i32.const 1)))
        (if (i32.eqz (i32.load8_u (local.get $z))) (then (unreachable))) ;; no such function
        (br $next)))
    (local.set $name (local.get $z))
    (local.set $z (i32.add (local.get $z) (i32.add (call $size (local.get $z)) (i32.const 1))))
    (call $read)
    (local.set $case (global.get $word))
    (local.set $case_long (global.get $long))
    (local.set $args (global.get $at))
    (global.set $round (i64.const 0))
    (block $done
      (loop $again
        (global.set $at (local.get $args))
        (call $arguments (local.get $z))
        (local.set $r (call $choose (local.get $f)))
        (br_if $done (i64.eq (local.get $times) (i64.const 1)))
        (br_if $done (i64.lt_s (local.get $r) (i64.const 0)))
        (global.set $round (i64.add (global.get $round) (i64.const 1)))
        (br_if $again (i64.lt_u (global.get $round) (local.get $times)))))
    (global.set $out (i32.const 0x800))
    (call $put_z (local.get $name))
    (call $put (i32.const 0x20))
    (call $show (local.get $case) (local.get $case_long))
    (call $put (i32.const 0x20))
    (if (i64.eq (local.get $times) (i64.const 1))
      (then (call $put_result (local.get $f) (local.get $r)))
      (else
        (call $put_number (global.get $round))
        (call $put_z (i32.const 0x327))
        (if (i64.lt_s (local.get $r) (i64.const 0))
          (then
            (call $put_z (i32.const 0x32b))
            (call $put_errno (local.get $r))))))
    (i32.const 0))

  ;; ---- the handlers

  ;; gets the cases of the part whose name is in quotes at p; returns how many bytes there are, of ["…","…"]
  (func $cases (param $p i32) (param $n i32) (result i32)
    (local $m i32)
    (memory.copy (i32.const 0x40000) (i32.const 0x300) (i32.const 6))
    (memory.copy (i32.const 0x40006) (local.get $p) (local.get $n))
    (local.set $m (call $param_get (i32.const 0x40000) (i32.add (local.get $n) (i32.const 6)) (i32.const 0x10000) (i32.const 0x20000)))
    (if (i32.lt_s (local.get $m) (i32.const 4)) (then (unreachable)))
    (local.get $m))

  ;; performs the cases, and keeps their lines or logs them; returns 1 if the handler is to fail
  (func $perform_all (param $n i32) (param $keep i32) (result i32)
    (local $p i32) (local $to i32) (local $failed i32)
    (local.set $p (i32.const 0x10002))
    (local.set $to (i32.add (i32.const 0x10000) (local.get $n)))
    (loop $next
      (global.set $at (local.get $p))
      (block $done
        (loop $look
          (br_if $done (i32.eq (i32.load8_u (local.get $p)) (i32.const 0x22)))
          (local.set $p (i32.add (local.get $p) (i32.const 1)))
          (br $look)))
      (global.set $end (local.get $p))
      (local.set $p (i32.add (local.get $p) (i32.const 3)))
      (if (call $perform)
        (then (return (i32.const 1))))
      (if (local.get $keep)
        (then
          (call $put (i32.const 0))
          (memory.copy (global.get $saved) (i32.const 0x800) (i32.sub (global.get $out) (i32.const 0x800)))
          (global.set $saved (i32.add (global.get $saved) (i32.sub (global.get $out) (i32.const 0x800)))))
        (else (call $log_line)))
      (br_if $next (i32.lt_u (local.get $p) (local.get $to))))
    (i32.const 0))

  (func $log_line
    (drop (call $log (i32.const 0) (i32.const 0x800) (i32.sub (global.get $out) (i32.const 0x800)))))

  (func (export "_initialize")
    (drop (call $perform_all (call $cases (i32.const 0x37a) (i32.const 4)) (i32.const 1))))

  (func $run (result i32)
    (local $n i32) (local $p i32)
    (global.set $out (i32.const 0x800))
    (call $put_z (i32.const 0x320))
    ;; both come in quotes
    (local.set $n (call $event_get (i32.const 0x310) (i32.const 10) (i32.const 0x40000) (i32.const 64)))
    (call $show (i32.const 0x40001) (i32.sub (local.get $n) (i32.const 2)))
    (call $put (i32.const 0x20))
    (local.set $n (call $event_get (i32.const 0x307) (i32.const 8) (i32.const 0x40100) (i32.const 64)))
    (call $show (i32.const 0x40101) (i32.sub (local.get $n) (i32.const 2)))
    (call $put (i32.const 0x20))
    (call $put_number (i64.extend_i32_u (global.get $count)))
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (call $log_line)
    (global.set $word (i32.const 0x40101))
    (global.set $long (i32.sub (local.get $n) (i32.const 2)))
    (if (i32.eqz (call $is (i32.const 0x37a))) ;; init
      (then (return (call $perform_all (call $cases (global.get $word) (global.get $long)) (i32.const 0)))))
    (local.set $p (i32.const 0x30000))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $p) (global.get $saved)))
        (local.set $n (call $size (local.get $p)))
        (drop (call $log (i32.const 0) (local.get $p) (local.get $n)))
        (local.set $p (i32.add (local.get $p) (i32.add (local.get $n) (i32.const 1))))
        (br $next)))
    (i32.const 0))

  (export "on_init" (func $run))
  (export "on_flags_detect" (func $run))
  (export "on_flags_composed" (func $run))
  (export "on_batch_begin" (func $run))
  (export "batch_strategy" (func $run))
  (export "on_batch_plan" (func $run))
  (export "on_run_skipped" (func $run))
  (export "on_run_staged" (func $run))
  (export "on_restart_begin" (func $run))
  (export "on_run_begin" (func $run))
  (export "on_step_begin" (func $run))
  (export "on_step_end" (func $run))
  (export "on_run_progress" (func $run))
  (export "on_run_end" (func $run))
  (export "on_lock_end" (func $run))
  (export "on_trial_end" (func $run))
  (export "on_batch_end" (func $run))
  (export "on_verify_end" (func $run))
  (export "on_unlock_begin" (func $run))
  (export "on_unlock_end" (func $run))
  (export "on_delete_begin" (func $run))
  (export "on_delete_end" (func $run)))
