package ui

import "encoding/json"

// JSON writes one document, indented, to stdout.
func (u *UI) JSON(v any) error {
	enc := json.NewEncoder(u.Out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
