package engine

// Names that guests give are checked byte by byte: a regular expression takes a hundred times as long.

func lower(c byte) bool  { return 'a' <= c && c <= 'z' }
func letter(c byte) bool { return lower(c|0x20) || c == '_' }
func digit(c byte) bool  { return '0' <= c && c <= '9' }

// isVariable: [A-Za-z_][A-Za-z0-9_]*
func isVariable(name []byte) bool {
	for i, c := range name {
		if !letter(c) && (i == 0 || !digit(c)) {
			return false
		}
	}
	return len(name) > 0
}

// isAttr: [a-z][a-z0-9_-]*
func isAttr(name string) bool {
	for i := range len(name) {
		if c := name[i]; !lower(c) && (i == 0 || !digit(c) && c != '_' && c != '-') {
			return false
		}
	}
	return name != ""
}

// isTopic: [a-z0-9._-]+
func isTopic(name []byte) bool {
	for _, c := range name {
		if !lower(c) && !digit(c) && c != '.' && c != '_' && c != '-' {
			return false
		}
	}
	return len(name) > 0
}
