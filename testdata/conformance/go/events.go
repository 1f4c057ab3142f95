package main

import guild "github.com/guild-run/guild/guest-sdk/go"

// OnInit receives the event.
//
//go:wasmexport on_init
func OnInit() int32 { return guild.Handle(run) }

// OnFlagsDetect receives the event.
//
//go:wasmexport on_flags_detect
func OnFlagsDetect() int32 { return guild.Handle(run) }

// OnFlagsComposed receives the event.
//
//go:wasmexport on_flags_composed
func OnFlagsComposed() int32 { return guild.Handle(run) }

// OnBatchBegin receives the event.
//
//go:wasmexport on_batch_begin
func OnBatchBegin() int32 { return guild.Handle(run) }

// BatchStrategy receives the event.
//
//go:wasmexport batch_strategy
func BatchStrategy() int32 { return guild.Handle(run) }

// OnBatchPlan receives the event.
//
//go:wasmexport on_batch_plan
func OnBatchPlan() int32 { return guild.Handle(run) }

// OnRunSkipped receives the event.
//
//go:wasmexport on_run_skipped
func OnRunSkipped() int32 { return guild.Handle(run) }

// OnRunStaged receives the event.
//
//go:wasmexport on_run_staged
func OnRunStaged() int32 { return guild.Handle(run) }

// OnRestartBegin receives the event.
//
//go:wasmexport on_restart_begin
func OnRestartBegin() int32 { return guild.Handle(run) }

// OnRunBegin receives the event.
//
//go:wasmexport on_run_begin
func OnRunBegin() int32 { return guild.Handle(run) }

// OnStepBegin receives the event.
//
//go:wasmexport on_step_begin
func OnStepBegin() int32 { return guild.Handle(run) }

// OnStepEnd receives the event.
//
//go:wasmexport on_step_end
func OnStepEnd() int32 { return guild.Handle(run) }

// OnRunProgress receives the event.
//
//go:wasmexport on_run_progress
func OnRunProgress() int32 { return guild.Handle(run) }

// OnRunEnd receives the event.
//
//go:wasmexport on_run_end
func OnRunEnd() int32 { return guild.Handle(run) }

// OnLockEnd receives the event.
//
//go:wasmexport on_lock_end
func OnLockEnd() int32 { return guild.Handle(run) }

// OnTrialEnd receives the event.
//
//go:wasmexport on_trial_end
func OnTrialEnd() int32 { return guild.Handle(run) }

// OnBatchEnd receives the event.
//
//go:wasmexport on_batch_end
func OnBatchEnd() int32 { return guild.Handle(run) }

// OnVerifyEnd receives the event.
//
//go:wasmexport on_verify_end
func OnVerifyEnd() int32 { return guild.Handle(run) }

// OnUnlockBegin receives the event.
//
//go:wasmexport on_unlock_begin
func OnUnlockBegin() int32 { return guild.Handle(run) }

// OnUnlockEnd receives the event.
//
//go:wasmexport on_unlock_end
func OnUnlockEnd() int32 { return guild.Handle(run) }

// OnDeleteBegin receives the event.
//
//go:wasmexport on_delete_begin
func OnDeleteBegin() int32 { return guild.Handle(run) }

// OnDeleteEnd receives the event.
//
//go:wasmexport on_delete_end
func OnDeleteEnd() int32 { return guild.Handle(run) }
