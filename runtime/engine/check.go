package engine

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/wasm"
)

// exportTypes are the types that exports must have if they are there. Events have handlerType.
var exportTypes = map[string]wasm.FuncType{abi.ExportInitialize: {}}

var handlerType = wasm.FuncType{Results: []byte{wasm.I32}}

// checkExports compares the exports with SPEC.md section 1, and returns the events that have handlers.
func checkExports(m *wasm.Module) (map[abi.Event]abi.EventInfo, error) {
	events := map[abi.Event]abi.EventInfo{}
	byName := map[string]wasm.Export{}
	for _, ex := range m.Exports {
		byName[ex.Name] = ex
		want, known := exportTypes[ex.Name]
		if info, ok := abi.Lookup(abi.Event(ex.Name)); ok {
			want, known = handlerType, true
			events[info.Event] = info
		} else if strings.HasPrefix(ex.Name, abi.EventPrefix) {
			return nil, &LoadError{Problem: fmt.Sprintf("export %q is not an event", ex.Name), Hint: nearestHint(ex.Name, eventNames())}
		}
		if !known {
			continue
		}
		if ex.Kind != wasm.KindFunc {
			return nil, fmt.Errorf("export %q is a %s, want a function", ex.Name, kindName(ex.Kind))
		}
		if !ex.Type.Equal(want) {
			return nil, fmt.Errorf("export %q has type %s, want %s", ex.Name, ex.Type, want)
		}
	}
	if _, ok := byName[abi.ExportStart]; ok {
		if _, reactor := byName[abi.ExportInitialize]; !reactor {
			return nil, &LoadError{Problem: "the module is built as a command (it exports _start), a hook is a reactor", Hint: reactorAdvice(m)}
		}
	}
	memory, ok := byName[abi.ExportMemory]
	if !ok {
		return nil, &LoadError{Problem: `the module exports no memory`, Hint: `export its memory as "memory"`}
	}
	if memory.Kind != wasm.KindMemory {
		return nil, fmt.Errorf("export %q is a %s, want a memory", memory.Name, kindName(memory.Kind))
	}
	if len(events) == 0 {
		return nil, &LoadError{Problem: "the module handles no event: it exports none of " + abi.EventPrefix + "… and " + string(abi.BatchStrategy), Hint: exportHint(m)}
	}
	return events, nil
}

// checkImports compares the imports with the tables of functions.
func checkImports(m *wasm.Module) error {
	for _, im := range m.Imports {
		name := shown(im.Module) + "." + shown(im.Name)
		if im.Kind != wasm.KindFunc {
			return fmt.Errorf("the module imports a %s (%s), a hook can import functions only", kindName(im.Kind), name)
		}
		var table []abi.Function
		switch im.Module {
		case abi.Module:
			table = abi.Functions
		case abi.WASIModule:
			table = abi.WASIFunctions
		default:
			problem := &LoadError{Problem: fmt.Sprintf("the module imports %s, a hook can import from %s and %s only", name, abi.Module, abi.WASIModule)}
			if strings.HasPrefix(im.Module, "guild_v") {
				problem.Problem = fmt.Sprintf("the module imports %s, this guild has %s only", name, abi.Module)
				problem.Hint = "it was built for a newer guild"
			}
			return problem
		}
		f, ok := findFunction(table, im.Name)
		if !ok {
			problem := &LoadError{Problem: fmt.Sprintf("the module imports %s, which this guild does not have", name)}
			if problem.Hint = nearestHint(im.Name, functionNames(table)); problem.Hint == "" && im.Module == abi.Module {
				problem.Hint = "it may need a newer guild"
			}
			return problem
		}
		if want := typeOf(f); !im.Type.Equal(want) {
			return fmt.Errorf("import %s has type %s, want %s", name, im.Type, want)
		}
	}
	return nil
}

// shown makes a module's own name fit for a message.
func shown(name string) string {
	quoted := strconv.Quote(name)
	quoted = quoted[1 : len(quoted)-1]
	if len(quoted) > maxShown {
		return string(cut([]byte(quoted), maxShown)) + "…"
	}
	return quoted
}

const maxShown = 80 // bytes

// reactorAdvice says how the module's language builds reactors.
func reactorAdvice(m *wasm.Module) string {
	switch made := m.Producers(); {
	case strings.Contains(made, "TinyGo"):
		return "build it with tinygo build -target=wasip1 -buildmode=c-shared"
	case strings.HasPrefix(made, "Go"):
		return "build it with GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared"
	case strings.Contains(made, "rust"):
		return `build it with crate-type = ["cdylib"], as a library`
	case strings.Contains(made, "clang"):
		return "build it with clang -mexec-model=reactor"
	}
	return "build it as a reactor: Go with -buildmode=c-shared, Rust as a cdylib, C with -mexec-model=reactor"
}

// exportHint looks for an export that was meant to be an event.
func exportHint(m *wasm.Module) string {
	for _, ex := range m.Exports {
		if ex.Kind != wasm.KindFunc {
			continue
		}
		if hint := nearestHint(ex.Name, eventNames()); hint != "" {
			return fmt.Sprintf("it exports %q: %s", ex.Name, hint)
		}
	}
	return ""
}

func findFunction(table []abi.Function, name string) (abi.Function, bool) {
	for _, f := range table {
		if f.Name == name {
			return f, true
		}
	}
	return abi.Function{}, false
}

func functionNames(table []abi.Function) []string {
	var out []string
	for _, f := range table {
		out = append(out, f.Name)
	}
	sort.Strings(out)
	return out
}

func eventNames() []string {
	var out []string
	for _, info := range abi.Events {
		out = append(out, string(info.Event))
	}
	return out
}

func typeOf(f abi.Function) wasm.FuncType {
	return wasm.FuncType{Params: typeBytes(f.Params), Results: typeBytes(f.Results)}
}

func typeBytes(types []abi.ValueType) []byte {
	var out []byte
	for _, t := range types {
		out = append(out, byte(t))
	}
	return out
}

func kindName(kind byte) string {
	switch kind {
	case wasm.KindFunc:
		return "function"
	case wasm.KindTable:
		return "table"
	case wasm.KindMemory:
		return "memory"
	case wasm.KindGlobal:
		return "global"
	}
	return "thing of an unknown kind"
}
