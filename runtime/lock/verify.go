//go:build unix

package lock

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Verify compares the run in dir with its lock and changes nothing of it: all it may write is what the next quick
// verification compares with. Every difference is in the report; an error
// says that the comparison did not take place. ErrNotLocked: there is no lock.
func Verify(ctx context.Context, dir string, o VerifyOptions) (*Report, error) {
	r, err := verify(ctx, dir, o)
	if err != nil {
		return nil, fmt.Errorf("verify %s: %w", dir, err)
	}
	return r, nil
}

func verify(ctx context.Context, dir string, o VerifyOptions) (*Report, error) {
	t, err := openTree(dir)
	if err != nil {
		return nil, err
	}
	defer t.close()
	if err := t.acquire(ctx, false); err != nil {
		return nil, err
	}
	l, problem, err := t.loadAny()
	switch {
	case errors.Is(err, ErrDamaged):
		return &Report{Differences: []Difference{{Path: SumsFile, Kind: LockFile, Got: reason(err)}}}, nil
	case err != nil:
		return nil, err
	}
	r := &Report{Root: l.Root, Run: l.Run, Created: l.Created, Upstream: l.Upstream}
	if problem != nil {
		r.Differences = append(r.Differences, Difference{Path: SumsFile, Kind: LockFile, Got: problem.Error()})
	}
	if !o.Root.IsZero() && o.Root != l.Root {
		r.Differences = append(r.Differences, Difference{SumsFile, LockFile, o.Root.String(), l.Root.String()})
	}
	if err := t.lockModes(r); err != nil {
		return nil, err
	}
	if err := t.checkSignature(o.Signature, r); err != nil {
		return nil, err
	}
	m := &meter{totalFiles: l.Files, totalBytes: l.Bytes}
	stop := m.report(o.Progress)
	err = t.compare(ctx, l, r, m, o.Quick)
	stop()
	if err != nil {
		return nil, err
	}
	r.Files, r.Bytes = int(m.files.Load()), m.bytes.Load()
	slices.SortFunc(r.Differences, func(a, b Difference) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Kind, b.Kind))
	})
	r.Differences = slices.Compact(r.Differences)
	sortWarnings(r.Warnings)
	return r, nil
}

// reason is the text of a damage without the words of ErrDamaged, which the kind of the difference says.
func reason(err error) string {
	return strings.TrimPrefix(err.Error(), ErrDamaged.Error()+": ")
}

// lockModes compares the modes of the lock files themselves, which are not among the entries.
func (t *tree) lockModes(r *Report) error {
	for _, name := range []string{nameSums, nameMeta} {
		_, mode, err := t.stat(name)
		if err != nil {
			return err
		}
		if mode != lockFileMode {
			r.Differences = append(r.Differences, Difference{guildDir + "/" + name, Mode, modeText(lockFileMode), modeText(mode)})
		}
	}
	return nil
}
