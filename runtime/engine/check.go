package engine

import (
	"fmt"
	"sort"
	"strings"

	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/runtime/wasm"
)

// exportTypes are the types that exports must have if they are there. Events have handlerType.
var exportTypes = map[string]wasm.FuncType{abi.ExportInitialize: {}}

var handlerType = wasm.FuncType{Results: []byte{wasm.I32}}

// checkExports compares the exports with SPEC.md section 1, and returns the events that have handlers.
func checkExports(m *wasm.Module) (map[abi.Event]bool, error) {
	events := map[abi.Event]bool{}
	byName := map[string]wasm.Export{}
	for _, ex := range m.Exports {
		byName[ex.Name] = ex
		want, known := exportTypes[ex.Name]
		if _, ok := abi.Lookup(abi.Event(ex.Name)); ok {
			want, known = handlerType, true
			events[abi.Event(ex.Name)] = true
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
		if im.Kind != wasm.KindFunc {
			return fmt.Errorf("the module imports a %s (%s.%s), a hook can import functions only", kindName(im.Kind), im.Module, im.Name)
		}
		var table []abi.Function
		switch im.Module {
		case abi.Module:
			table = abi.Functions
		case abi.WASIModule:
			table = abi.WASIFunctions
		default:
			problem := &LoadError{Problem: fmt.Sprintf("the module imports %s.%s, a hook can import from %s and %s only", im.Module, im.Name, abi.Module, abi.WASIModule)}
			if strings.HasPrefix(im.Module, "guild_v") {
				problem.Problem = fmt.Sprintf("the module imports %s.%s, this guild has %s only", im.Module, im.Name, abi.Module)
				problem.Hint = "it was built for a newer guild"
			}
			return problem
		}
		f, ok := findFunction(table, im.Name)
		if !ok {
			problem := &LoadError{Problem: fmt.Sprintf("the module imports %s.%s, which this guild does not have", im.Module, im.Name)}
			if problem.Hint = nearestHint(im.Name, functionNames(table)); problem.Hint == "" && im.Module == abi.Module {
				problem.Hint = "it may need a newer guild"
			}
			return problem
		}
		if want := typeOf(f); !im.Type.Equal(want) {
			return fmt.Errorf("import %s.%s has type %s, want %s", im.Module, im.Name, im.Type, want)
		}
	}
	return nil
}

// reactorAdvice says how the module's language builds reactors.
func reactorAdvice(m *wasm.Module) string {
	switch made := m.Producers(); {
	case strings.Contains(made, "TinyGo"):
		return "build it with tinygo build -target=wasip1 -buildmode=c-shared"
	case strings.Contains(made, "Go"):
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
