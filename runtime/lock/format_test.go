package lock_test

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/guild-run/guild/runtime/lock"
)

var update = flag.Bool("update", false, "write the golden files")

// A lock that was written once can be read for ever.
func TestGolden(t *testing.T) {
	want := sample()
	sums, meta := want.Encode()
	for name, data := range map[string][]byte{"locked": sums, "locked.meta": meta} {
		path := filepath.Join("testdata/v1", name)
		if *update {
			must(t, os.WriteFile(path, data, 0o644))
		}
		if b := read(t, ".", path); string(b) != string(data) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, data, b)
		}
	}
	got, err := lock.Decode(read(t, "testdata/v1", "locked"), read(t, "testdata/v1", "locked.meta"))
	must(t, err)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestDecodeErrors(t *testing.T) {
	goodSums, goodMeta := sample().Encode()
	for _, c := range []struct {
		file     string
		old, new string
		want     string
	}{
		{"meta", "guild lock 1", "guild lock 2", `.guild/locked.meta:1: first line is "guild lock 2", want "guild lock 1"`},
		{"meta", "guild lock 1", "guild lock 1\t\t\t\t\t\t", `.guild/locked.meta:1: a line of more than 5 fields`},
		{"meta", "run\t0", "ran\t0", `.guild/locked.meta:2: want a line "run"`},
		{"meta", "2026-11-21T", "2026-11-31T", `.guild/locked.meta:4: malformed time "2026-11-31T09:00:00.000123Z"`},
		{"meta", "prev\t07", "prev\t0x", `.guild/locked.meta:5: malformed digest "0x` + strings.Repeat("0", 62) + `"`},
		{"meta", "files\t3", "files\t03", `.guild/locked.meta:9: malformed number "03"`},
		{"meta", "files\t3", "files\t4", `.guild/locked.meta is not what .guild/locked says`},
		{"meta", "d\t0755\t.guild\n", "", `.guild/locked.meta:21: directory ".guild" is not listed`},
		{"meta", "d\t0755\t.guild\n", "d\t0755\t../x\n", `.guild/locked.meta:12: malformed path "../x"`},
		{"meta", "d\t0755\t.guild\n", "d\t0755\t.\n", `.guild/locked.meta:12: "." is out of order`},
		{"meta", "d\t0755\t.guild\n", "d\t0855\t.guild\n", `.guild/locked.meta:12: malformed mode "0855"`},
		{"meta", "d\t0755\t.guild\n", "e\t0755\t.guild\n", `.guild/locked.meta:12: unknown line "e"`},
		{"meta", "d\t0755\t.guild\n", "d\t.guild\n", `.guild/locked.meta:12: 2 fields, want 3`},
		{"meta", `\xff\x0d`, `\xFF\x0d`, `.guild/locked.meta:21: malformed escape in "\\xFF\\x0d"`},
		{"meta", `\xff\x0d`, `\xff\x41`, `.guild/locked.meta:21: "\\xff\\x41" is not escaped as it should be`},
		{"meta", "root\t", "x\nroot\t", `.guild/locked.meta:22: unknown line "x"`},
		{"meta", "a\\x0ab", "a\\x0ac", `.guild/locked.meta:15: .guild/locked:3: "a\nb\\c", want "a\nc\\c"`},
		{"sums", "  .guild/hooks", " .guild/hooks", `.guild/locked.meta:14: .guild/locked:1: not a line of b3sum`},
		{"sums", "0000  .guild/hooks", "000G  .guild/hooks", `.guild/locked.meta:14: .guild/locked:1: malformed digest "01` + strings.Repeat("0", 61) + `G"`},
		{"sums", "01", "02", `.guild/locked.meta: the digest of the hooks is not that of their files`},
		{"sums", "\\02", "\\03", `.guild/locked and .guild/locked.meta do not have the root digest they say`},
		{"sums", "\\n", "\\x", `.guild/locked.meta:15: .guild/locked:3: malformed escape in "a\\xb\\\\c"`},
	} {
		sums, meta := string(goodSums), string(goodMeta)
		file := &meta
		if c.file == "sums" {
			file = &sums
		}
		if !strings.Contains(*file, c.old) {
			t.Errorf("%q is not in it", c.old)
		}
		*file = strings.Replace(*file, c.old, c.new, 1)
		if _, err := lock.Decode([]byte(sums), []byte(meta)); err == nil || err.Error() != c.want {
			t.Errorf("%q for %q:\ngot  %v\nwant %s", c.new, c.old, err, c.want)
		}
	}
	if _, err := lock.Decode(append(goodSums, "x\n"...), goodMeta); err == nil || err.Error() != ".guild/locked:4: a file that .guild/locked.meta does not have" {
		t.Errorf("got %v", err)
	}
}
