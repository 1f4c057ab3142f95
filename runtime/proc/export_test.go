package proc

// Members lets tests count what is alive of a group.
var Members = members

// CleanLine is what rules see of a line.
var CleanLine = cleanLine

// MatchDefault returns what the default rules match in a clean line, also what is no number: NAME=TEXT.
func MatchDefault(line []byte) (matched []string) {
	key, rest, spaces := cutKey(line)
	if key == nil {
		return nil
	}
	value, note := cutNote(rest, spaces)
	if !isValue(value) {
		return nil
	}
	if digits, ok := stepText(note); ok {
		matched = append(matched, "step="+string(digits))
	}
	if isNote(note) && len(value) > 0 {
		matched = append(matched, string(key)+"="+string(value))
	}
	return matched
}
