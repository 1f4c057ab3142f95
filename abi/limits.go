package abi

import "time"

// Limits of one hook that guild.toml can change.
const (
	DefaultFuel    uint64 = 1_000_000_000
	DefaultTimeout        = 5 * time.Second
	DefaultMemory  uint64 = 64 << 20 // bytes
)

// Limits of single values, in bytes (SPEC.md section 6).
const (
	MaxLogRecord = 8 << 10
	MaxName      = 1 << 10 // a key, name, path or glob
	MaxReason    = 4 << 10
	MaxValue     = 64 << 10 // of a flag, variable or attribute
	MaxData      = 1 << 20  // of a write, state value, answer or emitted record
	MaxPlan      = 8 << 20  // of a batch: 10,000 trials with all their flags
	MaxRandom    = 64 << 10
	MaxModule    = 16 << 20
	MaxAttrName  = 64
	MaxTopic     = 64
	MaxJSONDepth = 64
)

// Totals of one event (SPEC.md section 6).
const (
	MaxLogRecords  = 256
	MaxLogBytes    = 64 << 10
	MaxStageBytes  = 64 << 20
	MaxStageFiles  = 10_000
	MaxStateBytes  = 1 << 20 // of one hook in one scope
	MaxStateKeys   = 1024
	MaxSets        = 1024 // flags, variables, attributes, emitted records: each
	OutputTailSize = 4 << 10
)
