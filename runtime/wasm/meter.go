package wasm

import "strconv"

// Names that metering adds to a module. A module that uses them itself is refused.
const (
	// YieldModule and YieldFunc name the one import that Meter adds, of type () -> ().
	YieldModule = "guild_meter"
	YieldFunc   = "yield"
	// GlobalPrefix begins the names of all exports that Meter adds.
	GlobalPrefix = "guild_meter:"
	// FuelGlobal is the export of the global that Tank speaks about, a mutable i64.
	FuelGlobal = GlobalPrefix + "fuel"
)

// Depths of calls.
const (
	// DefaultMaxDepth is below the 2,000 frames of wazero's interpreter, with room for those of metering, so that both
	// engines stop at the same call.
	DefaultMaxDepth = 1_800
	maxMaxDepth     = 32_767
)

// MeterConfig says how a module is to be metered. The zero value is right.
type MeterConfig struct {
	// MaxDepth is how many calls may be open at once; a function with many locals or a long body counts more than
	// once, and so does one that is reached through functions that are not counted (RATIONALE.md). 0 is DefaultMaxDepth, and the most is 32767.
	MaxDepth uint32
}

// Metered is a module that counts its fuel.
type Metered struct {
	Bytes []byte
	// Globals are the exports of the module's own mutable globals, in the order of their indices.
	Globals []string
	// Restorable: setting memory and Globals back to what they were restores the instance, as long as the memory has not
	// grown. It is false if the module has code that changes tables or drops segments, or a mutable global of a reference type.
	Restorable bool

	// MaxDepth is that of the configuration.
	MaxDepth uint32
}

// Meter parses b with DefaultLimits and returns the metered module. The error is an *Error.
func Meter(b []byte, cfg MeterConfig) (*Metered, error) {
	m, err := Parse(b, DefaultLimits())
	if err != nil {
		return nil, err
	}
	return m.Meter(cfg)
}

// Meter returns the metered module. The error is an *Error.
func (m *Module) Meter(cfg MeterConfig) (*Metered, error) {
	if m.outline {
		return nil, &Error{Kind: Malformed, Offset: -1, Text: "only the outline of the module was read"}
	}
	depth := cfg.MaxDepth
	if depth == 0 {
		depth = DefaultMaxDepth
	}
	out := &Metered{Restorable: !m.stateful, MaxDepth: min(depth, maxMaxDepth)}
	exports := []string{FuelGlobal}
	indices := []uint32{uint32(len(m.Globals))}
	for i, g := range m.Globals {
		switch {
		case !g.Mutable:
		case g.Type == FuncRef || g.Type == ExternRef:
			out.Restorable = false
		default:
			exports = append(exports, GlobalPrefix+strconv.Itoa(i))
			indices = append(indices, uint32(i))
		}
	}
	out.Globals = exports[1:]
	a := &assembler{Module: m, exports: exports, exported: indices}
	b, err := a.assemble()
	if err != nil {
		return nil, err
	}
	out.Bytes = b
	return out, nil
}
