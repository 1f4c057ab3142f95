package stage_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/guild-run/guild/runtime/stage"
)

func selected(t *testing.T, dir, main string, rules stage.Rules) (files, warnings []string) {
	t.Helper()
	files, warnings, err := stage.Select(t.Context(), dir, main, rules)
	must(t, err)
	return files, warnings
}

func TestSelectWithoutGit(t *testing.T) {
	outside := tree(t, map[string]string{"f.py": "x"})
	dir := tree(t, map[string]string{
		"train.py": "x", "noext": "text", "latin1": "caf\xe9", "utf16": "\xff\xfea\x00", "empty": "", ".env": "x=1",
		"data.png": "not looked into", "bin": "a\x00b", "ctl": "\x01\x02\xff\x03", "big.csv": strings.Repeat("a,b\n", 1<<18+1), "fits.csv": strings.Repeat("a,b\n", 1<<18),
		"bigbin": "\x00" + strings.Repeat("x", 1<<20), "cut": strings.Repeat("a", 1023) + "é",
		"src/a.py": "x", "src/.hidden/x.py": "x", "src/__pycache__/a.py": "x", "build/x.py": "x", "dist/x.py": "x", "p.egg-info/x.txt": "x",
		"node_modules/x.js": "x", "env/bin/activate": "x", "env/lib/x.py": "x", "env2/pyvenv.cfg": "x", "env2/x.py": "x", "wenv/Scripts/activate": "x",
		"skip/.guild-nocopy": "", "skip/x.py": "x", ".guild/runs/x": "x", "old/.guild/opref": "x", "old/train.py": "x", "src/.guild/x": "x",
		"in.py": "-> src/a.py", "out.py": "-> " + outside + "/f.py", "dangling.py": "-> nowhere", "dirlink": "-> src", "g.py": "-> .guild/runs/x",
		"new\nline.py": "x", "bad\xff.py": "x", ".guildignore": "# nothing\n\n*.log\n/src/gen/\n!keep.log\n", "x.log": "x", "keep.log": "x",
		"src/gen/x.py": "x", "gen/x.py": "x",
	})
	must(t, syscall.Mkfifo(filepath.Join(dir, "fifo.py"), 0o644))
	var files, warnings []string
	within(t, "Select", func() { files, warnings = selected(t, dir, "train.py", stage.Rules{}) })
	wantFiles(t, files, ".env", "bad\xff.py", "cut", "empty", "fits.csv", "gen/x.py", "in.py", "keep.log", "latin1", "new\nline.py", "noext", "src/a.py", "train.py", "utf16")
	wantFiles(t, warnings,
		`"big.csv" is not copied: it has more than 1 MiB; put the project under git, or include the file by name`,
		`"dangling.py" is not copied: it leads nowhere`,
		`"dirlink" is not copied: it leads to a directory`,
		`"fifo.py" is not copied: it is not a regular file`,
		`"g.py" is not copied: it leads out of the project`,
		`"out.py" is not copied: it leads out of the project`,
	)
}

func TestSelectRules(t *testing.T) {
	dir := tree(t, map[string]string{
		"train.py": "x", "a.py": "x", "data/x.csv": "x", "data/gen.py": "x", "model.bin": "\x00", "sub/model.bin": "\x00", "build/x.py": "x", ".guildignore": "secret*\n", "secret.txt": "x",
	})
	for _, tc := range []struct {
		main  string
		rules stage.Rules
		want  []string
	}{
		{"", stage.Rules{}, []string{"a.py", "data/gen.py", "data/x.csv", "train.py"}},
		{"", stage.Rules{Off: true}, nil},
		{"train.py", stage.Rules{Off: true, Include: []string{"*.bin"}}, []string{"train.py"}},
		{"", stage.Rules{Include: []string{"*.bin"}}, []string{"a.py", "data/gen.py", "data/x.csv", "model.bin", "sub/model.bin", "train.py"}},
		{"", stage.Rules{Include: []string{"/*.bin", "secret.txt", "build/"}}, []string{"a.py", "build/x.py", "data/gen.py", "data/x.csv", "model.bin", "secret.txt", "train.py"}},
		{"train.py", stage.Rules{Exclude: []string{"*.py"}}, []string{"data/x.csv", "train.py"}},
		{"", stage.Rules{Include: []string{"*.bin"}, Exclude: []string{"data/**", "sub"}}, []string{"a.py", "model.bin", "train.py"}},
		{"", stage.Rules{Exclude: []string{"**", "!*.py"}}, []string{"a.py", "data/gen.py", "train.py"}},
		{"./data/../a.py", stage.Rules{Off: true}, []string{"a.py"}},
		{filepath.Join(dir, "data/gen.py"), stage.Rules{Off: true}, []string{"data/gen.py"}},
		{"model.bin", stage.Rules{Off: true}, []string{"model.bin"}},
	} {
		files, warnings := selected(t, dir, tc.main, tc.rules)
		wantFiles(t, files, tc.want...)
		wantFiles(t, warnings)
	}
}

func TestNoWarningOfWhatIsIncluded(t *testing.T) {
	dir := tree(t, map[string]string{"big.csv": strings.Repeat("a,b\n", 1<<18+1), "large.csv": strings.Repeat("a,b\n", 1<<18+1)})
	files, warnings := selected(t, dir, "", stage.Rules{Include: []string{"big.csv"}})
	wantFiles(t, files, "big.csv")
	wantFiles(t, warnings, `"large.csv" is not copied: it has more than 1 MiB; put the project under git, or include the file by name`)
}

func TestSelectErrors(t *testing.T) {
	outside := tree(t, map[string]string{"f.py": "x"})
	dir := tree(t, map[string]string{"sub/a.py": "x", "out.py": "-> " + outside + "/f.py", "up": "-> ..", "gone.py": "-> nowhere", ".guild/x.py": "x"})
	for _, tc := range []struct {
		main  string
		rules stage.Rules
		want  string
	}{
		{"absent.py", stage.Rules{}, `main file "absent.py": no such file`},
		{"sub", stage.Rules{}, `main file "sub" is a directory`},
		{"../f.py", stage.Rules{}, `main file "../f.py" is outside the project`},
		{"sub/../../f.py", stage.Rules{}, `main file "sub/../../f.py" is outside the project`},
		{"/etc/passwd", stage.Rules{}, `main file "/etc/passwd" is outside the project`},
		{"out.py", stage.Rules{}, `main file "out.py" cannot be copied: it leads out of the project`},
		{"up/f.py", stage.Rules{}, `main file "up/f.py" cannot be copied: it leads out of the project`},
		{"gone.py", stage.Rules{}, `main file "gone.py" cannot be copied: it leads nowhere`},
		{".guild/x.py", stage.Rules{}, `main file ".guild/x.py" cannot be copied: it leads out of the project`},
		{"", stage.Rules{Include: []string{"[a"}}, `sourcecode include: malformed pattern "[a"`},
		{"", stage.Rules{Exclude: []string{"!"}}, `sourcecode exclude: malformed pattern "!"`},
	} {
		_, _, err := stage.Select(t.Context(), dir, tc.main, tc.rules)
		if err == nil || err.Error() != tc.want {
			t.Errorf("got  %v\nwant %s", err, tc.want)
		}
	}
	if _, _, err := stage.Select(t.Context(), filepath.Join(dir, "absent"), "", stage.Rules{}); err == nil {
		t.Error("selected from nothing")
	}
}

func TestSelectHundredFiles(t *testing.T) {
	files := map[string]string{"z/main.py": "x"}
	for i := range 60 {
		files[fmt.Sprintf("a/deep/%02d.txt", i)] = "x"
		files[fmt.Sprintf("b%02d.txt", i)] = "x"
	}
	dir := tree(t, files)
	got, warnings := selected(t, dir, "z/main.py", stage.Rules{})
	if len(got) != 100 || got[0] != "a/deep/00.txt" || got[38] != "a/deep/38.txt" || got[39] != "b00.txt" || got[99] != "z/main.py" {
		t.Errorf("got %d: %q", len(got), got)
	}
	wantFiles(t, warnings, `the project has more than 100 text files: only the first 100 are copied; put it under git, or exclude what is not source code`)
	got, warnings = selected(t, dir, "", stage.Rules{Exclude: []string{"/a"}})
	if len(got) != 61 || len(warnings) != 0 {
		t.Errorf("got %d: %q, %q", len(got), got, warnings)
	}
	// What is asked for by name comes on top.
	got, _ = selected(t, dir, "", stage.Rules{Include: []string{"a/"}})
	if len(got) != 121 {
		t.Errorf("got %d", len(got))
	}
}

func TestWarningsAreBounded(t *testing.T) {
	files := map[string]string{}
	for i := range 30 {
		files[fmt.Sprintf("l%02d", i)] = "-> nowhere"
	}
	_, warnings := selected(t, tree(t, files), "", stage.Rules{})
	if len(warnings) != 21 || warnings[20] != "10 more files are not copied, for such reasons" {
		t.Errorf("got %q", warnings)
	}
}

func TestUnreadableFilesAreSkipped(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root reads everything")
	}
	dir := tree(t, map[string]string{"a.py": "x", "b": "x", "d/c.py": "x"})
	must(t, os.Chmod(filepath.Join(dir, "b"), 0))
	must(t, os.Chmod(filepath.Join(dir, "d"), 0))
	defer os.Chmod(filepath.Join(dir, "d"), 0o700)
	must(t, os.Mkdir(filepath.Join(dir, "data"), 0))
	files, warnings := selected(t, dir, "", stage.Rules{Exclude: []string{"data"}})
	wantFiles(t, files, "a.py")
	wantFiles(t, warnings, `"d" is not copied: permission denied`)
}

func TestPatterns(t *testing.T) {
	for _, tc := range []struct {
		pattern, path string
		want          bool
	}{
		{"*.py", "a.py", true}, {"*.py", "x/a.py", true}, {"/*.py", "x/a.py", false}, {"x/*.py", "x/a.py", true}, {"x/*.py", "y/x/a.py", false},
		{"**/x/*.py", "y/x/a.py", true}, {"x", "x/a/b", true}, {"x", "a/x/b", true}, {"x/", "x", false}, {"x/", "x/a", true}, {"x/**", "x", false},
		{"x/**", "x/a/b", true}, {"a?", "ab", true}, {"[ab]", "b", true}, {"{a,b}", "a", false}, {"{a,b}", "{a,b}", true}, {`\*`, "*", true}, {`\*`, "a", false},
	} {
		if got, err := stage.ParsePattern(tc.pattern, tc.path); err != nil || got != tc.want {
			t.Errorf("%q on %q: got %v, %v", tc.pattern, tc.path, got, err)
		}
	}
}
