;; an event that is no function
(module
  (memory (export "memory") 1)
  (global (export "on_run_begin") i32 (i32.const 0)))
