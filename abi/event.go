package abi

// Event is a callback point. Its value is the name of the export that receives it.
type Event string

// The events, in the order of a run.
const (
	OnInit          Event = "on_init"
	OnFlagsDetect   Event = "on_flags_detect"
	OnFlagsComposed Event = "on_flags_composed"
	OnBatchBegin    Event = "on_batch_begin"
	BatchStrategy   Event = "batch_strategy"
	OnBatchPlan     Event = "on_batch_plan"
	OnRunSkipped    Event = "on_run_skipped"
	OnRunStaged     Event = "on_run_staged"
	OnRestartBegin  Event = "on_restart_begin"
	OnRunBegin      Event = "on_run_begin"
	OnStepBegin     Event = "on_step_begin"
	OnStepEnd       Event = "on_step_end"
	OnRunProgress   Event = "on_run_progress"
	OnRunEnd        Event = "on_run_end"
	OnLockEnd       Event = "on_lock_end"
	OnTrialEnd      Event = "on_trial_end"
	OnBatchEnd      Event = "on_batch_end"
	OnVerifyEnd     Event = "on_verify_end"
	OnUnlockBegin   Event = "on_unlock_begin"
	OnUnlockEnd     Event = "on_unlock_end"
	OnDeleteBegin   Event = "on_delete_begin"
	OnDeleteEnd     Event = "on_delete_end"
)

// EventPrefix begins the name of every event but the query. An export that has it and is not an event is refused.
const EventPrefix = "on_"

// Permission is a set of what a handler may do beyond reading, logging and state.
type Permission uint16

// What events permit.
const (
	MayDeny Permission = 1 << iota
	MayStop
	MayReadStage
	MayWriteStage
	MayRemoveStage
	MaySetFlags
	MaySetEnv
	MaySetAttrs
	MaySetPlan
	MayAnswer
	MayRequestLock
	MayEmit
)

// EventInfo is one row of SPEC.md section 5.
type EventInfo struct {
	Event Event
	May   Permission
	// FailClosed: a failing hook stops the action, as a denial does.
	FailClosed bool
	// Reverse: hooks are called in reverse rank.
	Reverse bool
}

// Has reports whether every permission in p is permitted.
func (i EventInfo) Has(p Permission) bool { return i.May&p == p }

// Events lists all events in the order of a run.
var Events = []EventInfo{
	{Event: OnInit, May: MayDeny, FailClosed: true},
	{Event: OnFlagsDetect, May: MayReadStage | MayAnswer, FailClosed: true},
	{Event: OnFlagsComposed, May: MayDeny | MayReadStage | MaySetFlags, FailClosed: true},
	{Event: OnBatchBegin, May: MayDeny | MayEmit, FailClosed: true},
	{Event: BatchStrategy, May: MayAnswer, FailClosed: true},
	{Event: OnBatchPlan, May: MayDeny | MaySetPlan | MayEmit, FailClosed: true},
	{Event: OnRunSkipped, Reverse: true},
	{Event: OnRunStaged, May: MayDeny | MayReadStage | MayWriteStage | MayRemoveStage | MaySetAttrs | MayEmit, FailClosed: true},
	{Event: OnRestartBegin, May: MayDeny | MayReadStage | MayEmit, FailClosed: true},
	{Event: OnRunBegin, May: MayDeny | MayReadStage | MaySetEnv | MaySetAttrs | MayEmit, FailClosed: true},
	{Event: OnStepBegin, May: MayDeny | MayReadStage | MayEmit, FailClosed: true},
	{Event: OnStepEnd, May: MayReadStage | MayEmit, Reverse: true},
	{Event: OnRunProgress, May: MayStop | MayReadStage | MayEmit},
	{Event: OnRunEnd, May: MayReadStage | MayWriteStage | MaySetAttrs | MayRequestLock | MayEmit, Reverse: true},
	{Event: OnLockEnd, May: MayReadStage, Reverse: true},
	{Event: OnTrialEnd, May: MayReadStage | MayStop | MayEmit, Reverse: true},
	{Event: OnBatchEnd, May: MayReadStage | MayWriteStage | MayEmit, Reverse: true},
	{Event: OnVerifyEnd, May: MayReadStage, Reverse: true},
	{Event: OnUnlockBegin, May: MayDeny | MayReadStage, FailClosed: true},
	{Event: OnUnlockEnd, May: MayReadStage, Reverse: true},
	{Event: OnDeleteBegin, May: MayDeny | MayReadStage, FailClosed: true},
	{Event: OnDeleteEnd, Reverse: true},
}

// Lookup returns the row of an event, and whether there is one.
func Lookup(e Event) (EventInfo, bool) {
	for _, info := range Events {
		if info.Event == e {
			return info, true
		}
	}
	return EventInfo{}, false
}
