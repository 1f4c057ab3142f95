package wasm

// Limits bounds what Parse accepts. Every field must be set; start from DefaultLimits.
type Limits struct {
	Module     int // bytes
	Body       int // bytes of one function's body, locals included
	Locals     int // of one function, parameters included
	Params     int // of one function type; results too
	Nesting    int // of blocks, loops and ifs in one function
	Loops      int // of one function
	LoopLocals int // deepest nesting of loops of one function, times its locals
	Joins      int // blocks, ifs, elses, and four times loops of one function, times its locals and a 32nd of themselves
	AllJoins   int // the sum of that over all functions
	SmallJoins int // that of a module of no size; it rises by one for each byte, up to AllJoins
	AllCalls   int // calls in the code of the module, times its mutable globals
	SmallCalls int // that of a module of no size; it rises by one for each four bytes, up to AllCalls

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

// DefaultLimits are several times what the largest guests tried need, and small enough that the worst module found within
// them compiles in seconds (RATIONALE.md).
func DefaultLimits() Limits {
	return Limits{
		Module:     16 << 20,
		Body:       128 << 10,
		Locals:     2_000,
		Params:     128,
		Nesting:    4_096,
		Loops:      1_000,
		LoopLocals: 20_000,
		Joins:      300_000,
		AllJoins:   5_000_000,
		SmallJoins: 500_000,
		AllCalls:   4_000_000,
		SmallCalls: 400_000,
		Types:      4_096,
		Functions:  65_536,
		Imports:    1_024,
		Exports:    4_096,
		Globals:    1_024,
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
