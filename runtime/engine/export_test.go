package engine

import "time"

// What tests need to see.
var (
	MatchGlob    = matchGlob
	ParseSection = parseSection
	Escape       = escape
	CompactJSON  = compactJSON
	Elements     = elements
)

// HostArguments returns the argument letters of each host function, by name.
func HostArguments() map[string]string {
	out := map[string]string{}
	for _, f := range hostFunctions {
		out[f.name] = f.args
	}
	return out
}

// WASINames returns the names of the stub's functions.
func WASINames() []string {
	var out []string
	for name := range wasiFunctions {
		out = append(out, name)
	}
	return out
}

// Memory returns a copy of the instance's memory, or nil if there is no instance.
func (h *Hook) Memory() []byte {
	if h.inst == nil {
		return nil
	}
	return append([]byte{}, h.inst.mem.buf...)
}

// SetPatience sets how long a compilation may take.
func (e *Engine) SetPatience(d time.Duration) { e.patience = d }

// LimitCache sets the size of the cache, in bytes.
func (e *Engine) LimitCache(most int64) {
	c, _ := e.openCache()
	c.most = most
}

// Ask asks a document for the value at a path.
func Ask(doc, path string) ([]byte, error) {
	d := document{text: []byte(doc)}
	if doc == "" {
		return nil, errAbsent
	}
	if _, err := d.get([]byte(path)); err != nil {
		return nil, err
	}
	return d.get([]byte(path)) // from what is known
}

// Watched reports whether the system says which pages of the instance's memory were written.
func (h *Hook) Watched() bool { return h.inst != nil && h.inst.mem.watched }
