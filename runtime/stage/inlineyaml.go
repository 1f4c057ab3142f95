package stage

import (
	"fmt"
	"strings"

	"github.com/guild-run/guild/runtime/run"
)

// yamlInline is a value in one line that readers of YAML 1.1 and 1.2 agree on.
func yamlInline(v any) (text string, ok bool) {
	switch v := v.(type) {
	case nil:
		return "null", true
	case bool, int64:
		return fmt.Sprint(v), true
	case float64:
		return yamlFloat(v), true
	case string:
		if yamlSafe(v) {
			return v, true
		}
		return jsonString(v), true
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i], _ = yamlInline(e)
		}
		return "[" + strings.Join(parts, ", ") + "]", true
	}
	return "", false
}

// yamlFloat has a point in any case: YAML 1.1 takes 1e-05 for text.
func yamlFloat(f float64) string {
	s := run.FormatFloat(f)
	switch s {
	case "nan", "inf":
		return "." + s
	case "-inf":
		return "-.inf"
	}
	if mantissa, exp, ok := strings.Cut(s, "e"); ok && !strings.Contains(mantissa, ".") {
		return mantissa + ".0e" + exp
	}
	return s
}

// yamlSafe reports whether text can stand without quotes: letters first, and no word that means something else to any reader.
func yamlSafe(s string) bool {
	if s == "" || len(s) > 60 || strings.Trim(s, bareKey+"./") != "" || !isLetter(s[0]) {
		return false
	}
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf":
		return false
	}
	return true
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
