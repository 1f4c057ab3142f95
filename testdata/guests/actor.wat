;; A hook for tests that does what its parameters say, at every event there is. EVENT is the name of an event.
;;
;;   say-EVENT, say-all   the text that follows "NAME EVENT" in the log; quiet leaves out events that have none
;;   do-EVENT             "deny", "stop", "trap" or "fail"
;;   write-EVENT          the file that the event document is written to
;;   plan, answer         what on_batch_plan and batch_strategy get, as JSON or as a text that is JSON
;;   flag, flag-value     the flag that on_flags_composed sets
;;   env, env-value       the variable that on_run_begin sets
;;   append = N           on_run_end appends N records to the batch's state, "RUN I"; on_batch_end writes all to lines.txt
;;   cas = N              on_run_end counts to N in the batch's state, by compare and set; on_batch_end writes the count to count.txt
;;
;; In texts $PATH$ is the value at that path of the event document, as JSON, and - if there is none. What the host refuses is a failure
;; with its reason. So is a global or a byte of memory that is not as it was after instantiation.
(module
  (import "guild_v1" "log" (func $log (param i32 i32 i32) (result i32)))
  (import "guild_v1" "panic_message" (func $panic_message (param i32 i32) (result i32)))
  (import "guild_v1" "error_message" (func $error_message (param i32 i32) (result i32)))
  (import "guild_v1" "event_get" (func $event_get (param i32 i32 i32 i32) (result i32)))
  (import "guild_v1" "param_get" (func $param_get (param i32 i32 i32 i32) (result i32)))
  (import "guild_v1" "deny" (func $deny (param i32 i32) (result i32)))
  (import "guild_v1" "stop" (func $stop (param i32 i32) (result i32)))
  (import "guild_v1" "flag_set" (func $flag_set (param i32 i32 i32 i32) (result i32)))
  (import "guild_v1" "env_set" (func $env_set (param i32 i32 i32 i32) (result i32)))
  (import "guild_v1" "plan_set" (func $plan_set (param i32 i32) (result i32)))
  (import "guild_v1" "answer" (func $answer (param i32 i32) (result i32)))
  (import "guild_v1" "stage_write" (func $stage_write (param i32 i32 i32 i32 i32) (result i32)))
  (import "guild_v1" "state_get" (func $state_get (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "guild_v1" "state_put" (func $state_put (param i32 i32 i32 i32 i32 i64) (result i64)))
  (import "guild_v1" "state_append" (func $state_append (param i32 i32 i32 i32 i32) (result i64)))

  ;; Memory: texts; the event's name 0x400; the path of a parameter 0x500; the version of a state value 0x600; a counter 0x608; a name
  ;; 0x800; a parameter as JSON 0x10000; as text 0x100000; what is made of it 0x200000, up to 0x400000.
  (memory (export "memory") 64)
  (data (i32.const 0) "event.name")
  (data (i32.const 16) "hook.name")
  (data (i32.const 32) "run.id")
  (data (i32.const 48) "say-all")
  (data (i32.const 64) "quiet")
  (data (i32.const 80) "plan")
  (data (i32.const 96) "answer")
  (data (i32.const 112) "flag-value")
  (data (i32.const 128) "env-value")
  (data (i32.const 144) "append")
  (data (i32.const 160) "cas")
  (data (i32.const 176) "lines.txt")
  (data (i32.const 192) "count.txt")
  (data (i32.const 208) "say-")
  (data (i32.const 216) "do-")
  (data (i32.const 224) "write-")
  (data (i32.const 240) "the actor says no")
  (data (i32.const 264) "guest memory outlived an event")
  (global $calls (mut i32) (i32.const 0))
  (global $event_len (mut i32) (i32.const 0))

  (func $panic (param $ptr i32) (param $len i32)
    (drop (call $panic_message (local.get $ptr) (local.get $len)))
    (unreachable))

  ;; must takes a result of the host: an errno is a failure with the host's own words.
  (func $must (param $result i32) (result i32)
    (if (i32.lt_s (local.get $result) (i32.const 0))
      (then (call $panic (i32.const 0x10000) (call $error_message (i32.const 0x10000) (i32.const 0x1000)))))
    (local.get $result))

  ;; text reads a parameter to 0x100000, texts without their quotes and escapes, and returns its length; -1 if there is none.
  (func $text (param $path i32) (param $len i32) (result i32)
    (local $n i32) (local $from i32) (local $to i32)
    (local.set $n (call $param_get (local.get $path) (local.get $len) (i32.const 0x10000) (i32.const 0xf0000)))
    (if (i32.lt_s (local.get $n) (i32.const 0)) (then (return (i32.const -1))))
    (if (i32.ne (i32.load8_u (i32.const 0x10000)) (i32.const 34))
      (then
        (memory.copy (i32.const 0x100000) (i32.const 0x10000) (local.get $n))
        (return (local.get $n))))
    (local.set $from (i32.const 0x10001))
    (local.set $to (i32.const 0x100000))
    (local.set $n (i32.add (i32.const 0xffff) (local.get $n))) ;; the closing quote
    (block $end
      (loop $next
        (br_if $end (i32.ge_u (local.get $from) (local.get $n)))
        (if (i32.eq (i32.load8_u (local.get $from)) (i32.const 92)) (then (local.set $from (i32.add (local.get $from) (i32.const 1)))))
        (i32.store8 (local.get $to) (i32.load8_u (local.get $from)))
        (local.set $from (i32.add (local.get $from) (i32.const 1)))
        (local.set $to (i32.add (local.get $to) (i32.const 1)))
        (br $next)))
    (i32.sub (local.get $to) (i32.const 0x100000)))

  ;; about reads the parameter of this event whose name begins so.
  (func $about (param $prefix i32) (param $len i32) (result i32)
    (memory.copy (i32.const 0x500) (local.get $prefix) (local.get $len))
    (memory.copy (i32.add (i32.const 0x500) (local.get $len)) (i32.const 0x400) (global.get $event_len))
    (call $text (i32.const 0x500) (i32.add (local.get $len) (global.get $event_len))))

  ;; expand copies the first bytes of the text to a place, with values for paths, and returns the end of what it made.
  (func $expand (param $n i32) (param $to i32) (result i32)
    (local $from i32) (local $close i32) (local $got i32)
    (local.set $from (i32.const 0x100000))
    (local.set $n (i32.add (local.get $from) (local.get $n)))
    (loop $next
      (if (i32.ge_u (local.get $from) (local.get $n)) (then (return (local.get $to))))
      (if (i32.ne (i32.load8_u (local.get $from)) (i32.const 36))
        (then
          (i32.store8 (local.get $to) (i32.load8_u (local.get $from)))
          (local.set $to (i32.add (local.get $to) (i32.const 1)))
          (local.set $from (i32.add (local.get $from) (i32.const 1)))
          (br $next)))
      (local.set $from (i32.add (local.get $from) (i32.const 1)))
      (local.set $close (local.get $from))
      (loop $search
        (if (i32.and (i32.lt_u (local.get $close) (local.get $n)) (i32.ne (i32.load8_u (local.get $close)) (i32.const 36)))
          (then
            (local.set $close (i32.add (local.get $close) (i32.const 1)))
            (br $search))))
      (local.set $got
        (call $event_get (local.get $from) (i32.sub (local.get $close) (local.get $from)) (local.get $to) (i32.sub (i32.const 0x400000) (local.get $to))))
      (if (i32.lt_s (local.get $got) (i32.const 0))
        (then
          (i32.store8 (local.get $to) (i32.const 45))
          (local.set $got (i32.const 1))))
      (local.set $to (i32.add (local.get $to) (local.get $got)))
      (local.set $from (i32.add (local.get $close) (i32.const 1)))
      (br $next))
    (unreachable))

  ;; number reads digits, print writes them and returns their end.
  (func $number (param $ptr i32) (param $len i32) (result i32)
    (local $v i32) (local $end i32)
    (local.set $end (i32.add (local.get $ptr) (local.get $len)))
    (loop $next
      (if (i32.ge_u (local.get $ptr) (local.get $end)) (then (return (local.get $v))))
      (local.set $v (i32.add (i32.mul (local.get $v) (i32.const 10)) (i32.sub (i32.load8_u (local.get $ptr)) (i32.const 48))))
      (local.set $ptr (i32.add (local.get $ptr) (i32.const 1)))
      (br $next))
    (unreachable))

  (func $print (param $v i32) (param $to i32) (result i32)
    (if (i32.ge_u (local.get $v) (i32.const 10)) (then (local.set $to (call $print (i32.div_u (local.get $v) (i32.const 10)) (local.get $to)))))
    (i32.store8 (local.get $to) (i32.add (i32.const 48) (i32.rem_u (local.get $v) (i32.const 10))))
    (i32.add (local.get $to) (i32.const 1)))

  ;; unquoted copies a text of the event document to a place and returns its end.
  (func $unquoted (param $path i32) (param $len i32) (param $to i32) (result i32)
    (local $n i32)
    (local.set $n (call $must (call $event_get (local.get $path) (local.get $len) (i32.const 0x10000) (i32.const 0x1000))))
    (memory.copy (local.get $to) (i32.const 0x10001) (i32.sub (local.get $n) (i32.const 2)))
    (i32.add (local.get $to) (i32.sub (local.get $n) (i32.const 2))))

  ;; begin fails if anything is left of an earlier event, and finds out which event this is.
  (func $begin
    (if (i32.or (global.get $calls) (i32.load (i32.const 0x608))) (then (call $panic (i32.const 264) (i32.const 30))))
    (global.set $calls (i32.const 1))
    (i32.store (i32.const 0x608) (i32.const 1))
    (global.set $event_len (i32.sub (call $unquoted (i32.const 0) (i32.const 10) (i32.const 0x400)) (i32.const 0x400))))

  (func $say
    (local $n i32) (local $end i32)
    (local.set $end (call $unquoted (i32.const 16) (i32.const 9) (i32.const 0x200000)))
    (i32.store8 (local.get $end) (i32.const 32))
    (local.set $end (i32.add (local.get $end) (i32.const 1)))
    (memory.copy (local.get $end) (i32.const 0x400) (global.get $event_len))
    (local.set $end (i32.add (local.get $end) (global.get $event_len)))
    (local.set $n (call $about (i32.const 208) (i32.const 4)))
    (if (i32.lt_s (local.get $n) (i32.const 0)) (then (local.set $n (call $text (i32.const 48) (i32.const 7)))))
    (if (i32.ge_s (local.get $n) (i32.const 0))
      (then
        (i32.store8 (local.get $end) (i32.const 32))
        (local.set $end (call $expand (local.get $n) (i32.add (local.get $end) (i32.const 1)))))
      (else (if (i32.ge_s (call $text (i32.const 64) (i32.const 5)) (i32.const 0)) (then (return)))))
    (drop (call $must (call $log (i32.const 0) (i32.const 0x200000) (i32.sub (local.get $end) (i32.const 0x200000))))))

  ;; write stages a file that has the event document.
  (func $write
    (local $len i32)
    (local.set $len (call $about (i32.const 224) (i32.const 6)))
    (if (i32.lt_s (local.get $len) (i32.const 0)) (then (return)))
    (drop (call $must
      (call $stage_write (i32.const 0x100000) (local.get $len) (i32.const 0) (i32.const 0x200000)
        (call $must (call $event_get (i32.const 0) (i32.const 0) (i32.const 0x200000) (i32.const 0x200000)))))))

  ;; react denies, stops, traps, or returns 1 to fail: as the first letter says.
  (func $react (result i32)
    (local $n i32) (local $what i32)
    (local.set $n (call $about (i32.const 216) (i32.const 3)))
    (if (i32.lt_s (local.get $n) (i32.const 0)) (then (return (i32.const 0))))
    (local.set $what (i32.load8_u (i32.const 0x100000)))
    (if (i32.eq (local.get $what) (i32.const 100)) (then (drop (call $must (call $deny (i32.const 240) (i32.const 17))))))
    (if (i32.eq (local.get $what) (i32.const 115)) (then (drop (call $must (call $stop (i32.const 240) (i32.const 17))))))
    (if (i32.eq (local.get $what) (i32.const 116)) (then (unreachable)))
    (i32.eq (local.get $what) (i32.const 102)))

  (func $handle (result i32)
    (call $begin)
    (call $say)
    (call $write)
    (call $react))

  ;; expanded makes a parameter's text at 0x200000 and returns its length, -1 if there is none.
  (func $expanded (param $path i32) (param $len i32) (result i32)
    (local $n i32)
    (local.set $n (call $text (local.get $path) (local.get $len)))
    (if (i32.lt_s (local.get $n) (i32.const 0)) (then (return (i32.const -1))))
    (i32.sub (call $expand (local.get $n) (i32.const 0x200000)) (i32.const 0x200000)))

  ;; named reads the parameter NAME to 0x800, and what NAME-value makes to 0x200000: their lengths, -1 if there is none.
  (func $named (param $path i32) (param $name i32) (param $value i32) (result i32 i32)
    (local $n i32)
    (local.set $n (call $text (local.get $path) (local.get $name)))
    (if (i32.lt_s (local.get $n) (i32.const 0)) (then (return (i32.const -1) (i32.const -1))))
    (memory.copy (i32.const 0x800) (i32.const 0x100000) (local.get $n))
    (local.get $n)
    (call $expanded (local.get $path) (local.get $value)))

  (func (export "on_flags_composed") (result i32)
    (local $name i32) (local $value i32) (local $result i32)
    (local.set $result (call $handle))
    (call $named (i32.const 112) (i32.const 4) (i32.const 10))
    (local.set $value)
    (local.set $name)
    (if (i32.ge_s (local.get $name) (i32.const 0))
      (then (drop (call $must (call $flag_set (i32.const 0x800) (local.get $name) (i32.const 0x200000) (local.get $value))))))
    (local.get $result))

  (func (export "on_run_begin") (result i32)
    (local $name i32) (local $value i32) (local $result i32)
    (local.set $result (call $handle))
    (call $named (i32.const 128) (i32.const 3) (i32.const 9))
    (local.set $value)
    (local.set $name)
    (if (i32.ge_s (local.get $name) (i32.const 0))
      (then (drop (call $must (call $env_set (i32.const 0x800) (local.get $name) (i32.const 0x200000) (local.get $value))))))
    (local.get $result))

  (func (export "on_batch_plan") (result i32)
    (local $len i32) (local $result i32)
    (local.set $result (call $handle))
    (local.set $len (call $expanded (i32.const 80) (i32.const 4)))
    (if (i32.ge_s (local.get $len) (i32.const 0)) (then (drop (call $must (call $plan_set (i32.const 0x200000) (local.get $len))))))
    (local.get $result))

  (func (export "batch_strategy") (result i32)
    (local $len i32) (local $result i32)
    (local.set $result (call $handle))
    (local.set $len (call $expanded (i32.const 96) (i32.const 6)))
    (if (i32.ge_s (local.get $len) (i32.const 0)) (then (drop (call $must (call $answer (i32.const 0x200000) (local.get $len))))))
    (local.get $result))

  ;; times is a parameter that is a number, 0 if there is none.
  (func $times (param $path i32) (param $len i32) (result i32)
    (local $n i32)
    (local.set $n (call $text (local.get $path) (local.get $len)))
    (if (i32.lt_s (local.get $n) (i32.const 0)) (then (return (i32.const 0))))
    (call $number (i32.const 0x100000) (local.get $n)))

  (func $append
    (local $n i32) (local $i i32) (local $end i32) (local $head i32)
    (local.set $n (call $times (i32.const 144) (i32.const 6)))
    (if (i32.eqz (local.get $n)) (then (return)))
    (local.set $head (call $unquoted (i32.const 32) (i32.const 6) (i32.const 0x800)))
    (i32.store8 (local.get $head) (i32.const 32))
    (local.set $head (i32.add (local.get $head) (i32.const 1)))
    (loop $next
      (local.set $end (call $print (local.get $i) (local.get $head)))
      (drop (call $must (i32.wrap_i64
        (call $state_append (i32.const 1) (i32.const 176) (i32.const 5) (i32.const 0x800) (i32.sub (local.get $end) (i32.const 0x800))))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (local.get $n)))))

  (func $count
    (local $n i32) (local $got i32) (local $put i64)
    (local.set $n (call $times (i32.const 160) (i32.const 3)))
    (block $end
      (loop $next
        (br_if $end (i32.eqz (local.get $n)))
        (i64.store (i32.const 0x600) (i64.const 0))
        (local.set $got (call $state_get (i32.const 1) (i32.const 192) (i32.const 5) (i32.const 0x800) (i32.const 16) (i32.const 0x600)))
        (if (i32.eq (local.get $got) (i32.const -1)) (then (local.set $got (i32.const 0)))) ;; not found
        (local.set $got (call $print (i32.add (call $number (i32.const 0x800) (call $must (local.get $got))) (i32.const 1)) (i32.const 0x800)))
        (local.set $put
          (call $state_put (i32.const 1) (i32.const 192) (i32.const 5) (i32.const 0x800) (i32.sub (local.get $got) (i32.const 0x800))
            (i64.load (i32.const 0x600))))
        (br_if $next (i64.eq (local.get $put) (i64.const -10))) ;; conflict
        (drop (call $must (i32.wrap_i64 (local.get $put))))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $next))))

  (func (export "on_run_end") (result i32)
    (local $result i32)
    (local.set $result (call $handle))
    (call $append)
    (call $count)
    (local.get $result))

  ;; keep writes a value of the batch's state to the file named after it.
  (func $keep (param $name i32)
    (local $n i32)
    (local.set $n (call $state_get (i32.const 1) (local.get $name) (i32.const 5) (i32.const 0x200000) (i32.const 0x200000) (i32.const 0)))
    (if (i32.eq (local.get $n) (i32.const -1)) (then (return)))
    (drop (call $must (call $stage_write (local.get $name) (i32.const 9) (i32.const 0) (i32.const 0x200000) (call $must (local.get $n))))))

  (func (export "on_batch_end") (result i32)
    (local $result i32)
    (local.set $result (call $handle))
    (call $keep (i32.const 176))
    (call $keep (i32.const 192))
    (local.get $result))

  (func (export "on_init") (result i32) (call $handle))
  (func (export "on_flags_detect") (result i32) (call $handle))
  (func (export "on_batch_begin") (result i32) (call $handle))
  (func (export "on_run_skipped") (result i32) (call $handle))
  (func (export "on_run_staged") (result i32) (call $handle))
  (func (export "on_restart_begin") (result i32) (call $handle))
  (func (export "on_step_begin") (result i32) (call $handle))
  (func (export "on_step_end") (result i32) (call $handle))
  (func (export "on_run_progress") (result i32) (call $handle))
  (func (export "on_trial_end") (result i32) (call $handle))
  (func (export "on_lock_end") (result i32) (call $handle))
  (func (export "on_verify_end") (result i32) (call $handle))
  (func (export "on_unlock_begin") (result i32) (call $handle))
  (func (export "on_unlock_end") (result i32) (call $handle))
  (func (export "on_delete_begin") (result i32) (call $handle))
  (func (export "on_delete_end") (result i32) (call $handle))
)
