package wasm

import (
	"encoding/binary"
	"slices"
)

// assembler writes the metered module: the sections in their order, each copied or changed.
type assembler struct {
	*Module
	exports  []string // added exports, all of globals
	exported []uint32
	added    []FuncType        // types after those of the module
	indexOf  map[string]uint32 // of all of them, by signature
	blocks   map[string]uint32 // types () -> (…) by their results
	yield    uint32            // function index of the import
	roles    []role            // of the module's own functions
	keeping  []uint32          // types of the keepers, which come after all functions
	out      []byte
}

// order is the order of the sections in a file.
var order = [...]byte{
	secType, secImport, secFunction, secTable, secMemory, secGlobal, secExport, secStart, secElement, secDataCount, secCode, secData,
}

func (a *assembler) assemble() ([]byte, error) {
	a.yield = uint32(a.imported[KindFunc])
	yieldType := a.typeIndex(FuncType{})
	a.blockTypes()
	a.roles = a.prepay()
	code, err := a.code()
	if err != nil {
		return nil, err
	}
	a.out = make([]byte, 0, len(a.bytes)+len(a.bytes)/4+4096)
	a.out = append(a.out, header...)
	for _, id := range order {
		switch s := a.find(id); id {
		case secType:
			a.extend(id, s, len(a.added), a.typeEntries())
		case secImport:
			entry := appendName(appendName(nil, YieldModule), YieldFunc)
			a.extend(id, s, 1, uleb(append(entry, KindFunc), yieldType))
		case secGlobal:
			a.extend(id, s, 1, []byte{I64, 1, opI64Const, 0, opEnd})
		case secFunction:
			if s != nil {
				a.extend(id, s, len(a.keeping), ulebs(nil, a.keeping))
			}
		case secTable:
			if s != nil {
				a.section(id, a.tableEntries())
			}
		case secExport:
			a.section(id, a.exportEntries())
		case secStart:
			if a.HasStart {
				a.section(id, uleb(nil, a.shift(a.startFunc)))
			}
		case secCode:
			if s != nil {
				a.section(id, code...)
			}
		default:
			if s != nil {
				a.section(id, a.copyRefs(s.content, s.end))
			}
		}
	}
	if names := a.names(); names != nil {
		a.section(secCustom, names)
	}
	return a.out, nil
}

// shift is the index that a function has once the yield function stands after the imports.
func (a *assembler) shift(f uint32) uint32 {
	if f >= a.yield {
		return f + 1
	}
	return f
}

func (a *assembler) find(id byte) *section {
	for i := range a.sections {
		if a.sections[i].id == id {
			return &a.sections[i]
		}
	}
	return nil
}

func (a *assembler) section(id byte, content ...[]byte) {
	size := 0
	for _, c := range content {
		size += len(c)
	}
	a.out = append(a.out, id)
	a.out = uleb(a.out, uint32(size))
	for _, c := range content {
		a.out = append(a.out, c...)
	}
}

// extend writes a section that is a vector, with n entries more. The section may be absent.
func (a *assembler) extend(id byte, s *section, n int, entries []byte) {
	var body []byte
	have := uint32(0)
	if s != nil {
		r := reader{b: a.bytes, pos: s.content, end: s.end}
		have = r.u32()
		body = a.copyRefs(r.pos, s.end)
	}
	a.section(id, uleb(nil, have+uint32(n)), body, entries)
}

// copyRefs is a part of the module in which the function indices outside of code are shifted.
func (a *assembler) copyRefs(from, to int) []byte {
	first, _ := slices.BinarySearchFunc(a.refs, from, func(f funcRef, pos int) int { return f.start - pos })
	refs := a.refs[first:]
	if len(refs) == 0 || refs[0].start >= to {
		return a.bytes[from:to]
	}
	out := make([]byte, 0, (to-from)*5/4)
	for _, f := range refs {
		if f.start >= to {
			break
		}
		out = append(out, a.bytes[from:f.start]...)
		out = uleb(out, a.shift(f.index))
		from = f.end
	}
	return append(out, a.bytes[from:to]...)
}

// typeIndex finds a type, or adds it.
func (a *assembler) typeIndex(t FuncType) uint32 {
	if a.indexOf == nil {
		a.indexOf = make(map[string]uint32, len(a.Types))
		for i := len(a.Types) - 1; i >= 0; i-- {
			a.indexOf[a.Types[i].key()] = uint32(i)
		}
	}
	index, ok := a.indexOf[t.key()]
	if !ok {
		index = uint32(len(a.Types) + len(a.added))
		a.indexOf[t.key()] = index
		a.added = append(a.added, t)
	}
	return index
}

// key is different for different types: no value type is 0.
func (t FuncType) key() string { return string(t.Params) + "\x00" + string(t.Results) }

// blockTypes adds the types of the blocks that are put around functions with more than one result.
func (a *assembler) blockTypes() {
	a.blocks = map[string]uint32{}
	for _, sig := range a.sigs[a.yield:] {
		results := a.Types[sig].Results
		if _, ok := a.blocks[string(results)]; ok || len(results) < 2 {
			continue
		}
		a.blocks[string(results)] = a.typeIndex(FuncType{Results: results})
	}
}

func (a *assembler) typeEntries() (out []byte) {
	for _, t := range a.added {
		out = uleb(append(out, 0x60), uint32(len(t.Params)))
		out = append(out, t.Params...)
		out = uleb(out, uint32(len(t.Results)))
		out = append(out, t.Results...)
	}
	return out
}

// tableEntries gives every table a maximum.
func (a *assembler) tableEntries() []byte {
	tables := a.Tables[a.imported[KindTable]:]
	out := uleb(nil, uint32(len(tables)))
	for _, t := range tables {
		most := max(t.Min, uint32(a.limits.TableSize))
		if t.HasMax {
			most = min(most, t.Max)
		}
		out = append(out, t.Type, 1)
		out = uleb(uleb(out, t.Min), most)
	}
	return out
}

func (a *assembler) exportEntries() []byte {
	out := uleb(nil, uint32(len(a.Exports)+len(a.exports)))
	for _, ex := range a.Exports {
		index := ex.Index
		if ex.Kind == KindFunc {
			index = a.shift(index)
		}
		out = uleb(append(appendName(out, ex.Name), ex.Kind), index)
	}
	for i, name := range a.exports {
		out = uleb(append(appendName(out, name), KindGlobal), a.exported[i])
	}
	return out
}

func uleb(out []byte, v uint32) []byte { return binary.AppendUvarint(out, uint64(v)) }

func ulebs(out []byte, list []uint32) []byte {
	for _, v := range list {
		out = uleb(out, v)
	}
	return out
}

func sleb(out []byte, v int64) []byte {
	for {
		c := byte(v & 0x7f)
		v >>= 7
		if v == 0 && c&0x40 == 0 || v == -1 && c&0x40 != 0 {
			return append(out, c)
		}
		out = append(out, c|0x80)
	}
}

func appendName(out []byte, name string) []byte {
	return append(uleb(out, uint32(len(name))), name...)
}
