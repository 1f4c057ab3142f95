package wasm

// Limits bounds what Parse accepts. Every field must be set; start from DefaultLimits.
type Limits struct {
	Module     int // bytes
	Body       int // bytes of one function's body, locals included
	Locals     int // of one function, parameters included
	Params     int // of one function type; results too
	Nesting    int // of blocks, loops and ifs in one function
	LoopLocals int // deepest nesting of loops times locals, of one function
	LoopBytes  int // deepest nesting of loops times bytes of body, of one function

	Types      int
	Functions  int // imported and defined
	Imports    int
	Exports    int
	Globals    int // imported and defined
	Tables     int
	TableSize  int // entries, sum over all tables; also the maximum that Meter gives to each table
	Elements   int // segments
	Entries    int // of all element segments together
	Datas      int // segments
	Customs    int
	Labels     int // of one br_table
	NameLength int // bytes of one import, export or section name
}

// DefaultLimits are about four times what the largest guests tried have (RATIONALE.md), and small enough that a
// module within them compiles in seconds.
func DefaultLimits() Limits {
	return Limits{
		Module:     16 << 20,
		Body:       128 << 10,
		Locals:     2_000,
		Params:     128,
		Nesting:    4_096,
		LoopLocals: 16_000,
		LoopBytes:  2 << 20,
		Types:      4_096,
		Functions:  65_536,
		Imports:    1_024,
		Exports:    4_096,
		Globals:    4_096,
		Tables:     16,
		TableSize:  65_536,
		Elements:   4_096,
		Entries:    262_144,
		Datas:      262_144,
		Customs:    256,
		Labels:     16_384,
		NameLength: 1_024,
	}
}
