package abi

// ValueType is a WebAssembly number type, by its byte in the binary format.
type ValueType byte

// The two types that cross the border.
const (
	I32 ValueType = 0x7f
	I64 ValueType = 0x7e
)

// Grant is a capability that guild.toml gives with `allow`.
type Grant string

// The grants. GrantStageWrite is followed by ":" and a glob in guild.toml.
const (
	GrantStageWrite Grant = "stage.write"
	GrantFlagsSet   Grant = "flags.set"
	GrantEnvSet     Grant = "env.set"
	GrantAttrsSet   Grant = "attrs.set"
	GrantPlanSet    Grant = "plan.set"
	GrantLock       Grant = "lock"
	GrantEmit       Grant = "emit"
)

// Grants lists every grant.
var Grants = []Grant{GrantStageWrite, GrantFlagsSet, GrantEnvSet, GrantAttrsSet, GrantPlanSet, GrantLock, GrantEmit}

// Function is one host function: its signature, and what it needs.
type Function struct {
	Name    string
	Params  []ValueType
	Results []ValueType
	// Grant is the capability that importing it asks for, or "".
	Grant Grant
	// Needs are the permissions of which the event must have one; 0 is none. stage_read and its like need MayReadStage.
	Needs Permission
	// Init: it also works during initialisation.
	Init bool
	// Plain words for `guild hooks inspect`: what a module that imports it can do, or "".
	Can string
}

func types(s string) []ValueType {
	var out []ValueType
	for _, c := range s {
		switch c {
		case 'i':
			out = append(out, I32)
		case 's': // str, bytes, or buf and cap
			out = append(out, I32, I32)
		case 'l':
			out = append(out, I64)
		}
	}
	return out
}

// Functions lists the functions of guild_v1 in the order of SPEC.md section 4.
var Functions = []Function{
	{Name: "log", Params: types("is"), Results: types("i"), Init: true},
	{Name: "panic_message", Params: types("s"), Results: types("i"), Init: true},
	{Name: "error_message", Params: types("s"), Results: types("i"), Init: true},
	{Name: "now", Results: types("l"), Init: true},
	{Name: "random", Params: types("s"), Results: types("i"), Init: true},
	{Name: "param_get", Params: types("ss"), Results: types("i"), Init: true},
	{Name: "event_get", Params: types("ss"), Results: types("i"), Can: "read the run's metadata"},
	{Name: "deny", Params: types("s"), Results: types("i"), Needs: MayDeny, Can: "refuse a run"},
	{Name: "stop", Params: types("s"), Results: types("i"), Needs: MayStop, Can: "stop a running run"},
	{Name: "stage_list", Params: types("ss"), Results: types("i"), Needs: MayReadStage, Can: "read staged files"},
	{Name: "stage_stat", Params: types("si"), Results: types("i"), Needs: MayReadStage, Can: "read staged files"},
	{Name: "stage_read", Params: types("sls"), Results: types("i"), Needs: MayReadStage, Can: "read staged files"},
	{Name: "stage_write", Params: types("sis"), Results: types("i"), Grant: GrantStageWrite, Needs: MayWriteStage, Can: "write staged files"},
	{Name: "stage_remove", Params: types("s"), Results: types("i"), Grant: GrantStageWrite, Needs: MayRemoveStage, Can: "remove staged files"},
	{Name: "flag_set", Params: types("ss"), Results: types("i"), Grant: GrantFlagsSet, Needs: MaySetFlags, Can: "set flags the user did not type"},
	{Name: "env_set", Params: types("ss"), Results: types("i"), Grant: GrantEnvSet, Needs: MaySetEnv, Can: "set environment variables of the process"},
	{Name: "attr_set", Params: types("ss"), Results: types("i"), Grant: GrantAttrsSet, Needs: MaySetAttrs, Can: "set the run's label, tags and attributes"},
	{Name: "plan_set", Params: types("s"), Results: types("i"), Grant: GrantPlanSet, Needs: MaySetPlan, Can: "change a batch's trials"},
	{Name: "state_get", Params: types("issi"), Results: types("i"), Can: "keep state of its own"},
	{Name: "state_put", Params: types("issl"), Results: types("l"), Can: "keep state of its own"},
	{Name: "state_append", Params: types("iss"), Results: types("l"), Can: "keep state of its own"},
	{Name: "answer", Params: types("s"), Results: types("i"), Needs: MayAnswer, Can: "answer guild's questions"},
	{Name: "lock_request", Results: types("i"), Grant: GrantLock, Needs: MayRequestLock, Can: "ask for the run to be locked"},
	{Name: "emit", Params: types("ss"), Results: types("i"), Grant: GrantEmit, Needs: MayEmit, Can: "write to the run's event stream"},
}

// WASIFunctions lists the functions of the closed WASI stub, with the signatures of WASI preview 1.
var WASIFunctions = []Function{
	{Name: "args_get", Params: types("ii"), Results: types("i")},
	{Name: "args_sizes_get", Params: types("ii"), Results: types("i")},
	{Name: "environ_get", Params: types("ii"), Results: types("i")},
	{Name: "environ_sizes_get", Params: types("ii"), Results: types("i")},
	{Name: "clock_time_get", Params: types("ili"), Results: types("i")},
	{Name: "clock_res_get", Params: types("ii"), Results: types("i")},
	{Name: "random_get", Params: types("ii"), Results: types("i")},
	{Name: "fd_write", Params: types("iiii"), Results: types("i")},
	{Name: "fd_read", Params: types("iiii"), Results: types("i")},
	{Name: "fd_seek", Params: types("ilii"), Results: types("i")},
	{Name: "fd_close", Params: types("i"), Results: types("i")},
	{Name: "fd_fdstat_get", Params: types("ii"), Results: types("i")},
	{Name: "fd_fdstat_set_flags", Params: types("ii"), Results: types("i")},
	{Name: "fd_prestat_get", Params: types("ii"), Results: types("i")},
	{Name: "fd_prestat_dir_name", Params: types("iii"), Results: types("i")},
	{Name: "sched_yield", Results: types("i")},
	{Name: "poll_oneoff", Params: types("iiii"), Results: types("i")},
	{Name: "proc_exit", Params: types("i")},
}
