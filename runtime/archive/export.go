package archive

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/guild-run/guild/runtime/internal/atomicfile"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/store"
)

// Export copies runs into a directory, which is made if it is not there, or into a new zip file. A run that is there already is
// skipped. Each run, and a zip file, appears complete or not at all. Sockets and devices do not travel.
//
// Nobody locks or unlocks a run meanwhile; that nobody runs it is for the caller to know.
func Export(ctx context.Context, dest string, runs []*store.Run, o Options) (*Result, error) {
	res, err := export(ctx, dest, runs, o)
	if err != nil {
		return res, fmt.Errorf("export to %s: %w", dest, err)
	}
	return res, nil
}

func export(ctx context.Context, dest string, runs []*store.Run, o Options) (*Result, error) {
	from := dirSource{}
	res := &Result{}
	var ids []run.ID
	for _, r := range runs {
		if !strings.HasSuffix(dest, Zip) && present(filepath.Join(dest, string(r.ID))) {
			res.Skipped = append(res.Skipped, r.ID)
			continue
		}
		from[r.ID] = r.Dir
		ids = append(ids, r.ID)
	}
	m, stop, err := newMeter(ctx, from, ids, o.Progress)
	if err != nil {
		return res, err
	}
	defer func() {
		stop()
		res.Files, res.Bytes = int(m.files.Load()), m.bytes.Load()
	}()
	if strings.HasSuffix(dest, Zip) {
		return res, exportZip(ctx, dest, from, ids, m, o, res)
	}
	if err := os.MkdirAll(dest, 0o777); err != nil {
		return res, err
	}
	for _, id := range ids {
		if err := exportOne(ctx, dest, from, id, m, o); err != nil {
			return res, err
		}
		res.Done = append(res.Done, id)
	}
	return res, nil
}

func present(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func exportOne(ctx context.Context, dest string, from source, id run.ID, m *meter, o Options) error {
	temp := filepath.Join(dest, atomicfile.TempPrefix+string(run.NewID()))
	if err := os.Mkdir(temp, 0o700); err != nil {
		return err
	}
	to, err := newDirSink(temp, false)
	if err != nil {
		return err
	}
	err = transfer(ctx, from, id, travelling{to, id, o}, m)
	if err == nil {
		err = to.finish(id)
	}
	if err == nil {
		err = os.Rename(temp, filepath.Join(dest, string(id)))
	}
	if err != nil {
		to.discard()
		return err
	}
	to.close()
	return nil
}

func exportZip(ctx context.Context, dest string, from source, ids []run.ID, m *meter, o Options, res *Result) (err error) {
	if present(dest) {
		return ErrExists
	}
	temp := filepath.Join(filepath.Dir(dest), atomicfile.TempPrefix+string(run.NewID()))
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(temp)
		}
	}()
	to := newZipSink(f)
	for _, id := range ids {
		to.id = id
		if err := transfer(ctx, from, id, travelling{to, id, o}, m); err != nil {
			return err
		}
	}
	if err := errors.Join(to.close(), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(temp, dest); err != nil { // unlike a rename, it replaces nothing
		if os.IsExist(err) {
			return ErrExists
		}
		if err := os.Rename(temp, dest); err != nil { // a file system without hard links
			return err
		}
	} else if err := os.Remove(temp); err != nil {
		return err
	}
	res.Done = ids
	return nil
}

// travelling leaves out what cannot travel, and says so.
type travelling struct {
	sink
	id run.ID
	o  Options
}

func (t travelling) put(n node, open opener, m *meter) error {
	if !travels(n.mode) {
		t.o.warn("run %s: %q is left out: %s", t.id, n.path, kind(n.mode))
		return nil
	}
	return t.sink.put(n, open, m)
}
