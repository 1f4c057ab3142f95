// Package hooks holds the hooks that come with guild, as compiled modules, and says which of them
// belongs to which language.
//
// It decides nothing else: whether a hook applies to a run, and with which parameters, is the runner's business, and
// what is inside the modules is in src (sources) and COMPILER (the compiler they were built with).
package hooks

import (
	"embed"
	"slices"
	"strings"
)

// Prefix begins the name of a built-in hook in guild.toml: module = "builtin:python".
const Prefix = "builtin:"

//go:embed *.wasm
var modules embed.FS

const extension = ".wasm"

// Module returns the bytes of the built-in hook NAME, without the prefix, and whether there is one.
func Module(name string) ([]byte, bool) {
	if strings.ContainsAny(name, `/\`) {
		return nil, false
	}
	data, err := modules.ReadFile(name + extension)
	return data, err == nil
}

// Names returns the names of all built-in hooks, in order.
func Names() []string {
	entries, err := modules.ReadDir(".")
	if err != nil {
		return nil // the root of an embedded file system is always readable
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), extension))
	}
	slices.Sort(names)
	return names
}

// Language returns the hook that applies by itself to operations whose main file has this extension (with its
// point, case as written). All it needs is the grant stage.write for the main file.
func Language(ext string) (hook string, ok bool) {
	for _, l := range languages {
		if slices.Contains(l.extensions, ext) {
			return l.hook, true
		}
	}
	return "", false
}

// Extensions returns the extensions of main files that a hook applies to by itself; none if it is for no language.
func Extensions(hook string) []string {
	for _, l := range languages {
		if l.hook == hook {
			return slices.Clone(l.extensions)
		}
	}
	return nil
}

var languages = []struct {
	hook       string
	extensions []string
}{
	{"python", []string{".py"}},
	{"r", []string{".R", ".r"}},
}
