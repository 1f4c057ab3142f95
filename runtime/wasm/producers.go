package wasm

import "strings"

// Producers says what made the module, from its producers section: like `Go 1.26.1`, or `Rust, rustc 1.95.0`. It is
// "" when the section is absent or malformed, and never longer than 200 bytes: it is the module's own claim.
func (m *Module) Producers() string {
	data, ok := m.Custom("producers")
	if !ok {
		return ""
	}
	r := &reader{b: data, end: len(data)}
	var parts []string
	for fields := r.count("has %d fields", 16); fields > 0 && r.err == nil; fields-- {
		r.name(64)
		for values := r.count("has %d values", 64); values > 0 && r.err == nil; values-- {
			part := strings.TrimSpace(r.name(100) + " " + r.name(100))
			parts = append(parts, part)
		}
	}
	if r.err != nil {
		return ""
	}
	text := strings.Join(parts, ", ")
	if len(text) > 200 {
		text = strings.ToValidUTF8(text[:200], "")
	}
	return text
}
