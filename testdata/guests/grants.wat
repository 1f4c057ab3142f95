;; imports a function for each of four grants, and WASI
(module
  (import "guild_v1" "stage_write" (func (param i32 i32 i32 i32 i32) (result i32)))
  (import "guild_v1" "emit" (func (param i32 i32 i32 i32) (result i32)))
  (import "guild_v1" "flag_set" (func (param i32 i32 i32 i32) (result i32)))
  (import "guild_v1" "log" (func (param i32 i32 i32) (result i32)))
  (import "guild_v1" "lock_request" (func (result i32)))
  (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
  (memory (export "memory") 1)
  (func (export "on_run_end") (result i32) (i32.const 0))
  (func (export "on_run_staged") (result i32) (i32.const 0)))
