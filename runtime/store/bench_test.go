package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/store"
)

// benchHome names a directory in which the stores of the benchmarks are kept from one time to the next: to make 100,000 runs
// takes longer than everything else.
const benchHome = "GUILD_STORE_BENCH_HOME"

var benchSizes = []int{1_000, 100_000}

// benchStore is a store of n runs with 1,000 different flags, indexed.
func benchStore(b *testing.B, n int) *store.Store {
	b.Helper()
	if n > 10_000 && testing.Short() {
		b.Skip("a large store takes a minute to make")
	}
	dir := os.Getenv(benchHome)
	if dir == "" {
		dir = b.TempDir()
	}
	home := filepath.Join(dir, strconv.Itoa(n))
	s := store.Open(home)
	if !exists(filepath.Join(home, "done")) {
		makeRuns(b, s, n)
		write(b, filepath.Join(home, "done"), "")
	}
	if _, total, err := s.Newest(1); err != nil || total != n {
		b.Fatalf("%d runs, %v", total, err)
	}
	b.ResetTimer()
	return s
}

func makeRuns(b *testing.B, s *store.Store, n int) {
	b.Helper()
	ref := script("/proj", "echo.py").String()
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := w; i < n; i += 4 {
				meta := filepath.Join(s.Home(), "runs", string(run.NewID()), ".guild")
				if err := os.MkdirAll(filepath.Join(meta, "attrs"), 0o755); err != nil {
					b.Error(err)
				}
				for name, text := range map[string]string{
					"opref": ref, "attrs/flags": fmt.Sprintf("lr: 0.1\nx: %d\n", i%1000), "attrs/started": strconv.Itoa(1_700_000_000_000_000+i) + "\n", "attrs/exit_status": "0\n",
				} {
					if err := os.WriteFile(filepath.Join(meta, name), []byte(text), 0o644); err != nil {
						b.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
}

func benchSized(b *testing.B, bench func(b *testing.B, s *store.Store)) {
	for _, n := range benchSizes {
		b.Run(strconv.Itoa(n), func(b *testing.B) { bench(b, benchStore(b, n)) })
	}
}

func BenchmarkNewest20(b *testing.B) {
	benchSized(b, func(b *testing.B, s *store.Store) {
		for b.Loop() {
			if runs, _, err := s.Newest(20); err != nil || len(runs) != 20 {
				b.Fatal(len(runs), err)
			}
		}
	})
}

func BenchmarkMatching(b *testing.B) {
	benchSized(b, func(b *testing.B, s *store.Store) {
		key := keyOf(run.Flags{"lr": 0.1, "x": int64(7)})
		for b.Loop() {
			if runs, err := s.Matching(key); err != nil || len(runs) == 0 {
				b.Fatal(runs, err)
			}
		}
	})
}

func BenchmarkMatchingNone(b *testing.B) {
	benchSized(b, func(b *testing.B, s *store.Store) {
		for b.Loop() {
			if runs, err := s.Matching(run.Digest{1}); err != nil || len(runs) != 0 {
				b.Fatal(runs, err)
			}
		}
	})
}

// What one line of a listing costs once the run is known.
func BenchmarkShow(b *testing.B) {
	s := store.Open(b.TempDir())
	r := newRun(b, s, "aaa", run.Flags{"x": 1.0})
	check(b, r.SetAttr("label", "x=1.0"))
	for b.Loop() {
		_, err := r.OpRef()
		_, _, err2 := r.Attr("label")
		if _, _, err3 := r.Attr(store.AttrStarted); err != nil || err2 != nil || err3 != nil || r.Status() != run.Completed {
			b.Fatal(err, err2, err3)
		}
	}
}

func BenchmarkCreate(b *testing.B) {
	s := store.Open(b.TempDir())
	newest(b, s)
	for b.Loop() {
		if _, err := s.Create(run.NewID(), script("p", "x")); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReconcile(b *testing.B) {
	benchSized(b, func(b *testing.B, s *store.Store) {
		other := filepath.Join(s.Home(), "runs", ".other")
		for b.Loop() {
			check(b, os.Mkdir(other, 0o755)) // what another tool does
			check(b, os.Remove(other))
			if _, _, err := s.Newest(1); err != nil {
				b.Fatal(err)
			}
		}
	})
}
