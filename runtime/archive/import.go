package archive

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/store"
)

// ErrNoRuns says that there is no run where runs should come from.
var ErrNoRuns = errors.New("there are no runs in it")

// Import takes the runs of a directory or a zip file into a store. Runs whose ids are taken are skipped. Each run appears
// complete or not at all; after an error those that came before it are there.
//
// What comes in is not trusted: no name leads out of its run, nothing is written through a link, and unless Options say so no link
// leads out of the runs.
func Import(ctx context.Context, src string, st *store.Store, o Options) (*Result, error) {
	res, err := importRuns(ctx, src, st, o)
	if err != nil {
		return res, fmt.Errorf("import from %s: %w", src, err)
	}
	return res, nil
}

func importRuns(ctx context.Context, src string, st *store.Store, o Options) (*Result, error) {
	res := &Result{}
	from, release, err := open(src)
	if err != nil {
		return res, err
	}
	defer release()
	if len(from.ids()) == 0 {
		return res, ErrNoRuns
	}
	var ids []run.ID
	for _, id := range from.ids() {
		if _, err := st.Run(id); err == nil {
			res.Skipped = append(res.Skipped, id)
			continue
		}
		ids = append(ids, id)
	}
	m, stop, err := newMeter(ctx, from, ids, o.Progress)
	if err != nil {
		return res, err
	}
	defer func() {
		stop()
		res.Files, res.Bytes = int(m.files.Load()), m.bytes.Load()
	}()
	for _, id := range ids {
		err := importOne(ctx, from, id, st, m, o)
		if errors.Is(err, store.ErrExists) { // meanwhile
			res.Skipped = append(res.Skipped, id)
			continue
		}
		if err != nil {
			return res, err
		}
		res.Done = append(res.Done, id)
	}
	return res, nil
}

func open(src string) (source, func(), error) {
	info, err := os.Stat(src)
	if err != nil {
		return nil, nil, err
	}
	if !info.IsDir() {
		if !strings.HasSuffix(src, Zip) {
			return nil, nil, fmt.Errorf("neither a directory nor a file %q", "*"+Zip)
		}
		z, err := openZip(src)
		if err != nil {
			return nil, nil, err
		}
		return z, func() { z.Close() }, nil
	}
	d, err := openDir(src)
	return d, func() {}, err
}

func importOne(ctx context.Context, from source, id run.ID, st *store.Store, m *meter, o Options) error {
	temp, err := st.TempDir()
	if err != nil {
		return err
	}
	to, err := newDirSink(temp, !o.Trust)
	if err != nil {
		return err
	}
	err = transfer(ctx, from, id, travelling{to, id, o}, m)
	if err == nil {
		err = to.finish(id)
	}
	if err == nil {
		_, err = st.Adopt(temp, id)
	}
	if err != nil {
		to.discard()
		return err
	}
	to.close()
	return nil
}
