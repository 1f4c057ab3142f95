// Package hooks holds the hooks that come with guild, as compiled modules, and says which of them
// belongs to which language.
//
// It decides nothing else: whether a hook applies to a run, and with which parameters, is the runner's business, and
// what is inside the modules is in src (sources) and VERSION (the compiler they were built with).
package hooks

import (
	"embed"
	"path"
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

// Language is a hook that applies by itself to operations whose main file is of its language.
type Language struct {
	// Hook is the name of the built-in hook, and of its instance.
	Hook string
	// Extensions of main files, with the point, case as written.
	Extensions []string
}

// Languages returns the table of languages.
func Languages() []Language {
	return []Language{
		{Hook: "python", Extensions: []string{".py"}},
		{Hook: "r", Extensions: []string{".R", ".r"}},
	}
}

// ForMain returns the language of a main file by its extension.
func ForMain(main string) (Language, bool) {
	ext := path.Ext(main)
	for _, l := range Languages() {
		if slices.Contains(l.Extensions, ext) {
			return l, true
		}
	}
	return Language{}, false
}

// Allow returns the grants of the hook, as guild.toml writes them: to rewrite the staged main file and nothing else.
func (l Language) Allow(main string) []string {
	return []string{"stage.write:" + quoteGlob(main)}
}

// quoteGlob returns a glob that matches the path itself and no other. A class of one is the one way that
// globs have to take a character for what it is.
func quoteGlob(path string) string {
	var b strings.Builder
	for _, r := range path {
		switch r {
		case '*', '?', '[', '{':
			b.WriteString("[" + string(r) + "]")
		case '\\':
			b.WriteString(`[\\]`)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
