package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/wasm"
)

// Info is what a module says about itself, without being compiled.
type Info struct {
	Size      int
	Events    []abi.Event // in the order of a run
	Functions []string    // of guild_v1, in the order of the module
	WASI      []string    // of the WASI stub
	Grants    []abi.Grant // that its imports ask for
	Section   *Section    // nil if there is none
	Toolchain string      // the module's own claim, or ""
}

// Section is the content of the custom section guild.hook (SPEC.md section 1).
type Section struct {
	Name        string           `json:"name"`
	Version     string           `json:"version"`
	Description string           `json:"description"`
	Events      []abi.Event      `json:"events"`
	Params      map[string]Param `json:"params"`
	Allow       []abi.Grant      `json:"allow"`
	Wants       []string         `json:"wants"`
}

// Param describes one parameter of a hook.
type Param struct {
	Type    string `json:"type"`
	Default any    `json:"default"`
	Help    string `json:"help"`
}

// maxSection bounds what is read of a section, in bytes.
const maxSection = 256 << 10

// Inspect reads a module and checks it as Load does, but for grants. Errors are *LoadError without the name of a hook.
// Texts from the section are the module's own: escape them before they are shown.
func Inspect(module []byte) (*Info, error) { return inspect(parse(module)) }

// Outline is Inspect without a look into the functions, whose faults Load finds. It costs next to nothing.
func Outline(module []byte) (*Info, error) { return inspect(outline(module)) }

func inspect(m *wasm.Module, err error) (*Info, error) {
	if err != nil {
		return nil, inHook("", err)
	}
	handled, err := checkExports(m)
	if err != nil {
		return nil, inHook("", err)
	}
	if err := checkImports(m); err != nil {
		return nil, inHook("", err)
	}
	info := &Info{Size: m.Size(), Grants: neededGrants(m), Toolchain: escape([]byte(m.Producers()), abi.MaxName)}
	for _, row := range abi.Events {
		if _, ok := handled[row.Event]; ok {
			info.Events = append(info.Events, row.Event)
		}
	}
	for _, im := range m.Imports {
		if im.Module == abi.Module {
			info.Functions = append(info.Functions, im.Name)
		} else {
			info.WASI = append(info.WASI, im.Name)
		}
	}
	if info.Section, err = readSection(m); err != nil {
		return nil, inHook("", err)
	}
	return info, nil
}

// readSection decodes the section guild.hook. Fields it does not know are a later version's, and ignored.
func readSection(m *wasm.Module) (*Section, error) {
	text, ok := m.Custom(abi.SectionName)
	if !ok {
		return nil, nil
	}
	return parseSection(text)
}

func parseSection(text []byte) (*Section, error) {
	if len(text) > maxSection {
		return nil, fmt.Errorf("section %s has %d bytes, the limit is %d", abi.SectionName, len(text), maxSection)
	}
	if depth(text) > abi.MaxJSONDepth {
		return nil, fmt.Errorf("section %s is nested more than %d levels deep", abi.SectionName, abi.MaxJSONDepth)
	}
	var s Section
	err := json.Unmarshal(text, &s)
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &kind):
		return nil, fmt.Errorf("section %s: field %q is a %s", abi.SectionName, kind.Field, kind.Value)
	case err != nil || !utf8.Valid(text):
		return nil, fmt.Errorf("section %s is not JSON", abi.SectionName)
	}
	return &s, nil
}
