package project

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Find returns the nearest directory that has a guild.toml, from dir upward.
func Find(dir string) (string, bool) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", false
	}
	for {
		if info, err := os.Stat(filepath.Join(dir, FileName)); err == nil && !info.IsDir() {
			return dir, true
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", false
		}
		dir = parent
	}
}

// Load reads dir/guild.toml and nothing else. Without the file it returns a project that has no operations. A slip in
// the file is a *FileError.
func Load(dir string) (*Project, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	p := &Project{
		Dir: dir, Name: filepath.Base(dir), Operations: map[string]*Operation{},
		Run: RunDefaults{Lock: LockNever},
	}
	path := filepath.Join(dir, FileName)
	t, err := readText(path, FileName)
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", FileName, err)
	}
	p.File = path
	root, err := t.parse()
	if err != nil {
		return nil, err
	}
	d := &decoder{text: t, dir: dir}
	d.project(root, p)
	if err := d.failure(); err != nil {
		return nil, err
	}
	return p, nil
}

func (d *decoder) project(root *node, p *Project) {
	var operations *node
	d.table(root, map[string]field{
		"name":       func(n *node) { p.Name = d.str(n) },
		"run":        func(n *node) { p.Run = d.runDefaults(n) },
		"hooks":      func(n *node) { p.hookTables = d.hooks(n, TierProject) },
		"operations": func(n *node) { operations = n },
	})
	for _, h := range p.hookTables {
		p.Hooks = append(p.Hooks, h.config)
	}
	if operations == nil || !d.isTable(operations) || !d.few(operations) {
		return
	}
	o := operationDecoder{decoder: d, project: p}
	for _, n := range operations.table {
		o.operation(n)
	}
	o.checkReferences()
}

func (d *decoder) runDefaults(n *node) RunDefaults {
	r := RunDefaults{Lock: LockNever}
	d.table(n, map[string]field{
		"lock":      func(n *node) { r.Lock = d.lock(n) },
		"immutable": func(n *node) { r.Immutable = d.boolean(n) },
	})
	return r
}

func (d *decoder) lock(n *node) string { return d.oneOf(n, LockNever, LockOnSuccess, LockAlways) }
