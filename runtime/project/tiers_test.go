package project_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/guild-run/guild/runtime/project"
)

// world is a project with modules in hooks/ and the files of the other tiers; texts are TOML.
type world struct {
	system, user, project string
	modules               []string
}

// configs returns the hooks, one line each: name, tier, priority, order, module with the directory as "@"; "-" in front if
// switched off.
func (w world) configs(t *testing.T) (lines []string, configs []project.HookConfig, err error) {
	t.Helper()
	dir := write(t, w.project)
	for _, name := range w.modules {
		writeFile(t, filepath.Join(dir, "hooks", name), "not read")
	}
	other := t.TempDir()
	system, user := filepath.Join(other, "system.toml"), filepath.Join(other, "user.toml")
	if w.system != "" {
		writeFile(t, system, w.system)
	}
	if w.user != "" {
		writeFile(t, user, w.user)
	}
	p, err := project.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	configs, err = p.HookConfigs(system, user)
	for _, c := range configs {
		off := ""
		if !c.Enabled {
			off = "-"
		}
		module := strings.ReplaceAll(strings.ReplaceAll(c.Module, dir, "@"), other, "~")
		lines = append(lines, fmt.Sprintf("%s%s %s %d %d %s", off, c.Name, c.Tier, c.Priority, c.Order, module))
	}
	if err != nil {
		err = fmt.Errorf("%s", strings.ReplaceAll(err.Error(), other, "~"))
	}
	return lines, configs, err
}

func TestHookConfigs(t *testing.T) {
	for _, test := range []struct {
		name  string
		world world
		want  []string
	}{
		{"nothing", world{}, nil},
		{"dropped in", world{modules: []string{"b.wasm", "a.wasm", ".c.wasm", "d.txt"}}, []string{
			"a project 100 0 @/hooks/a.wasm", "b project 100 0 @/hooks/b.wasm"}},
		{"declared before dropped in", world{modules: []string{"a.wasm", "z.wasm"}, project: "[hooks.z]\n"}, []string{
			"z project 100 0 @/hooks/z.wasm", "a project 100 1 @/hooks/a.wasm"}},
		{"priority", world{modules: []string{"a.wasm", "z.wasm"}, project: "[hooks.a]\npriority = 200\n"}, []string{
			"z project 100 1 @/hooks/z.wasm", "a project 200 0 @/hooks/a.wasm"}},
		{"a module under another name", world{modules: []string{"a.wasm"}, project: "[hooks.x]\nmodule = 'hooks/../hooks/a.wasm'\n[hooks.y]\nmodule='hooks/a.wasm'\n"}, []string{
			"x project 100 0 @/hooks/a.wasm", "y project 100 1 @/hooks/a.wasm"}},
		{"switched off", world{modules: []string{"a.wasm"}, project: "[hooks.a]\nenabled = false\n[hooks.python]\nenabled = false\n"}, []string{
			"-a project 100 0 @/hooks/a.wasm", "-python project 100 1 builtin:python"}},
		{"built in", world{project: "[hooks.s]\nmodule = 'builtin:seed'\n[hooks.r]\n"}, []string{
			"s project 100 0 builtin:seed", "r project 100 1 builtin:r"}},
		{"tiers", world{
			system: "[hooks.z]\nmodule = '/opt/z.wasm'\n", user: "[hooks.y]\nmodule = 'mine/y.wasm'\n", project: "[hooks.x]\nmodule = 'x.wasm'\n",
			modules: []string{"a.wasm"},
		}, []string{"z system 100 0 /opt/z.wasm", "y user 100 1 ~/mine/y.wasm", "x project 100 2 @/x.wasm", "a project 100 3 @/hooks/a.wasm"}},
		{"a project changes a user's hook", world{user: "[hooks.y]\nmodule = 'y.wasm'\n", project: "[hooks.y]\nenabled = false\npriority = 5\n"}, []string{
			"-y user 5 0 ~/y.wasm"}},
		{"a project replaces a user's hook", world{user: "[hooks.y]\nmodule = 'y.wasm'\n", project: "[hooks.y]\n", modules: []string{"y.wasm"}}, []string{
			"y project 100 1 @/hooks/y.wasm"}},
		{"operations may name any hook", world{
			user: "[hooks.y]\nmodule = 'y.wasm'\n", modules: []string{"a.wasm"}, project: op + "hooks = ['a', 'y', 'python']\n",
		}, []string{"y user 100 0 ~/y.wasm", "a project 100 1 @/hooks/a.wasm"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, _, err := test.world.configs(t)
			if err != nil || !slices.Equal(got, test.want) {
				t.Errorf("got  %q, %v\nwant %q", got, err, test.want)
			}
		})
	}
}

func TestHookConfigErrors(t *testing.T) {
	system := "[hooks.audit]\nmodule = '/opt/audit.wasm'\n"
	for _, test := range []struct {
		name  string
		world world
		want  string
	}{
		{"no module", world{modules: []string{"lr-guard.wasm"}, project: "\n[hooks.lr-gaurd]\n"},
			`guild.toml:2:8: hook "lr-gaurd" has no module: there is no hooks/lr-gaurd.wasm (did you mean "lr-guard"?)`},
		{"no module of a user", world{user: "[hooks.y]\n"}, `~/user.toml:1:8: hook "y" has no module`},
		{"system's", world{system: system, project: "[hooks.audit]\nenabled = false\n"}, `guild.toml:1:8: "audit" is a hook of the system, which only the system's file can change`},
		{"system's, by the user", world{system: system, user: "[hooks]\naudit.enabled = false\n"}, `~/user.toml:2:1: "audit" is a hook of the system, which only the system's file can change`},
		{"system's, dropped in", world{system: system, modules: []string{"audit.wasm"}}, `hooks/audit.wasm: there is a hook "audit" of the system already: rename the file`},
		{"user's, dropped in", world{user: system, modules: []string{"audit.wasm"}}, `hooks/audit.wasm: there is a hook "audit" of the user already: rename the file`},
		{"name of a file", world{modules: []string{"a b.wasm"}}, `"hooks/a b.wasm": "a b" cannot be the name of a hook: rename the file, or give it a name with a table in guild.toml`},
		{"operations in a tier", world{system: "operations = {}\n"}, `~/system.toml:1:1: unknown key "operations"`},
		{"key in a tier", world{user: "hooks.x.modul = 'x'\n"}, `~/user.toml:1:9: unknown key "modul" (did you mean "module"?)`},
		{"operation's hook", world{modules: []string{"lr-guard.wasm"}, project: op + "hooks = ['lr-gard']\n"}, `guild.toml:3:10: unknown hook "lr-gard" (did you mean "lr-guard"?)`},
	} {
		if _, _, err := test.world.configs(t); err == nil || err.Error() != test.want {
			t.Errorf("%s:\ngot  %v\nwant %s", test.name, err, test.want)
		}
	}
}

// What a project does not say stays as the user has it.
func TestOverlay(t *testing.T) {
	w := world{
		user:    "[hooks.y]\nmodule = 'y.wasm'\nallow = ['lock']\ntimeout = '1s'\nwhen = 'a'\nparams.a = 1\n",
		project: "[hooks.y]\nevents.on_run_end = 1\non-error = 'warn'\nwhen = 'b'\nparams.b = 2\nfuel = 5\nmemory = '1MiB'\n",
	}
	_, configs, err := w.configs(t)
	if err != nil {
		t.Fatal(err)
	}
	y := configs[0]
	got := fmt.Sprintln(y.Allow, y.Timeout, y.When, y.Params, y.Events, y.OnError, y.Fuel, y.Memory, y.Tier)
	if want := "[lock] 1s b map[b:2] map[on_run_end:1] warn 5 1048576 user\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestForbidNoHooks(t *testing.T) {
	_, configs, err := world{system: "[hooks.z]\nmodule = '/z.wasm'\nforbid-no-hooks = true\n"}.configs(t)
	if err != nil || !configs[0].ForbidNoHooks {
		t.Errorf("got %+v, %v", configs, err)
	}
}

// A project may have a file of that name.
func TestHooksIsAFile(t *testing.T) {
	dir := write(t, "")
	writeFile(t, filepath.Join(dir, "hooks"), "")
	p, err := project.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if configs, err := p.HookConfigs("", ""); err != nil || len(configs) != 0 {
		t.Errorf("got %v, %v", configs, err)
	}
}
