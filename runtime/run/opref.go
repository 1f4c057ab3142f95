package run

import (
	"fmt"
	"strings"
)

// OpRef says which operation a run is of, in the form Guild AI keeps in .guild/opref:
// TYPE:PACKAGE VERSION MODEL OPERATION, each field quoted as in a shell.
type OpRef struct {
	Type    string // "script" or "guildfile"; "builtin" of a batch
	Package string // the project directory, or the path of guild.toml
	Version string // for guildfile: the digest of the operation's resolved definition
	Model   string
	Op      string
}

// Types of operation references.
const (
	TypeScript    = "script"
	TypeGuildfile = "guildfile"
	TypeBuiltin   = "builtin"
)

// BatchOp is the operation of a batch, and what follows the name of the operation that its trials are runs of. Guild AI's is the same.
const BatchOp = "+"

// IsBatch reports whether a run of this operation is a batch.
func (r OpRef) IsBatch() bool { return r.Type == TypeBuiltin && strings.HasPrefix(r.Op, BatchOp) }

// String returns the one line of .guild/opref.
func (r OpRef) String() string {
	return r.Type + ":" + Quote(r.Package) + " " + Quote(r.Version) + " " + Quote(r.Model) + " " + Quote(r.Op)
}

// ParseOpRef reads the line that String writes, and those that Guild AI writes.
func ParseOpRef(line string) (OpRef, error) {
	fields, err := SplitQuoted(strings.TrimSpace(line))
	if err != nil {
		return OpRef{}, fmt.Errorf("malformed opref %q: %w", line, err)
	}
	if len(fields) != 4 {
		return OpRef{}, fmt.Errorf("malformed opref %q: %d fields, want 4", line, len(fields))
	}
	typ, pkg, ok := strings.Cut(fields[0], ":")
	if !ok || typ == "" {
		return OpRef{}, fmt.Errorf("malformed opref %q: no type", line)
	}
	return OpRef{Type: typ, Package: pkg, Version: fields[1], Model: fields[2], Op: fields[3]}, nil
}

// Name returns the operation as people write it: OP or MODEL:OP.
func (r OpRef) Name() string {
	if r.Model != "" {
		return r.Model + ":" + r.Op
	}
	return r.Op
}
