// Package abi is the contract between guild and its hooks, as constants and tables: SPEC.md is the text
// of it. It imports nothing of ours and does nothing.
//
// Non-goals: how a host meets the contract (runtime/engine), and how a guest uses it (guest-sdk).
package abi

// Module is the import module of version 1. A change of meaning would be "guild_v2", beside it.
const Module = "guild_v1"

// WASIModule is the import module of the closed WASI stub (SPEC.md section 7).
const WASIModule = "wasi_snapshot_preview1"

// Exports of a guest that are not events.
const (
	ExportMemory     = "memory"
	ExportInitialize = "_initialize"
	// ExportStart marks a command, which is refused.
	ExportStart = "_start"
)

// SectionName is the custom section that describes a hook, as JSON (SPEC.md section 1).
const SectionName = "guild.hook"

// RandomSeedVar is the variable of guild's own that a hook may set: the seed that a process should begin with.
const RandomSeedVar = "GUILD_RANDOM_SEED"

// Errno is a negative result of a host function (SPEC.md section 2).
type Errno int32

// The errors a host function returns. Zero is success.
const (
	NotFound    Errno = -1
	Denied      Errno = -2
	Invalid     Errno = -3
	Fault       Errno = -4
	TooBig      Errno = -5
	ReadOnly    Errno = -6
	Exists      Errno = -7
	IO          Errno = -8
	Limit       Errno = -9
	Conflict    Errno = -10
	State       Errno = -11
	Unsupported Errno = -12
)

// Errnos lists every errno with its name in SPEC.md, from -1 down.
var Errnos = []struct {
	Errno Errno
	Name  string
}{
	{NotFound, "NOT_FOUND"},
	{Denied, "DENIED"},
	{Invalid, "INVALID"},
	{Fault, "FAULT"},
	{TooBig, "TOO_BIG"},
	{ReadOnly, "READ_ONLY"},
	{Exists, "EXISTS"},
	{IO, "IO"},
	{Limit, "LIMIT"},
	{Conflict, "CONFLICT"},
	{State, "STATE"},
	{Unsupported, "UNSUPPORTED"},
}

// Log levels.
const (
	LevelDebug int32 = -1
	LevelInfo  int32 = 0
	LevelWarn  int32 = 1
	LevelError int32 = 2
)

// Scopes of hook state.
const (
	ScopeRun     int32 = 0
	ScopeBatch   int32 = 1
	ScopeProject int32 = 2
)

// Modes of stage_write.
const (
	WriteReplace int32 = 0
	WriteAppend  int32 = 1
)

// Kinds of stage_stat, and the size of what it writes.
const (
	KindFile    uint32 = 1
	KindDir     uint32 = 2
	KindSymlink uint32 = 3
	KindOther   uint32 = 4

	StatSize = 24
)

// Values of state_put's expected version that are not versions.
const (
	VersionAny    int64 = -1
	VersionAbsent int64 = 0
)

// Error makes an errno an error, so that whoever implements a host interface can return one, wrapped with the reason.
func (e Errno) Error() string {
	for _, row := range Errnos {
		if row.Errno == e {
			return row.Name
		}
	}
	return "UNKNOWN"
}
