package guild

// The constants of the ABI, as in abi/abi.go. A test keeps the two equal.

// Errno says what kind of error a host function returned.
type Errno int32

// The errors of host functions. A number that is not here is an error as well.
const (
	NotFound    Errno = -1  // no such path, key or file
	Denied      Errno = -2  // the grant does not cover it
	Invalid     Errno = -3  // a malformed argument
	Fault       Errno = -4  // outside the module's memory
	TooBig      Errno = -5  // one value is over its limit
	ReadOnly    Errno = -6  // not in this event
	Exists      Errno = -7  // it is there already
	IO          Errno = -8  // the host could not read or write
	Limit       Errno = -9  // the total for this event is used up
	Conflict    Errno = -10 // the stored version is not the expected one
	State       Errno = -11 // called during initialisation
	Unsupported Errno = -12 // this host cannot do it here
)

var errnoNames = [...]string{
	"", "NOT_FOUND", "DENIED", "INVALID", "FAULT", "TOO_BIG", "READ_ONLY", "EXISTS", "IO", "LIMIT", "CONFLICT", "STATE", "UNSUPPORTED",
}

const (
	levelDebug int32 = -1
	levelInfo  int32 = 0
	levelWarn  int32 = 1
	levelError int32 = 2
)

// Scope says how far a value of the state is seen. Each hook sees only its own.
type Scope int32

// The scopes of state.
const (
	ScopeRun     Scope = 0 // from staging to the end of one run, over restarts
	ScopeBatch   Scope = 1 // all trials of one batch
	ScopeProject Scope = 2 // all runs of the project
)

const (
	writeReplace int32 = 0
	writeAppend  int32 = 1
)

// Kind is what a path is.
type Kind uint32

// The kinds of paths.
const (
	KindFile    Kind = 1
	KindDir     Kind = 2
	KindSymlink Kind = 3
	KindOther   Kind = 4

	statSize = 24
)

// What Put may be told to expect, besides a version.
const (
	VersionAny    int64 = -1 // whatever there is, or nothing
	VersionAbsent int64 = 0  // nothing
)

const (
	maxData      = 1 << 20
	maxRandom    = 64 << 10
	maxJSONDepth = 64
)
