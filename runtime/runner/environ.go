package runner

import (
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/guild-run/guild/runtime/run"
)

// environ is the environment of the operation: ours, then the operation's, then what says which run this is, then what hooks
// set. Later wins. Sorted.
func (s *session) environ() ([]string, error) {
	env := map[string]string{}
	for _, kv := range s.r.Environ {
		name, value, _ := strings.Cut(kv, "=")
		if name != "" && name != "_" {
			env[name] = value
		}
	}
	own, err := s.plan.ownEnv()
	if err != nil {
		return nil, err
	}
	maps.Copy(env, own)
	env["GUILD_HOME"] = s.r.Store.Home()
	env["GUILD_OP"] = s.plan.Op
	env["RUN_DIR"] = s.run.Dir
	env["RUN_ID"] = string(s.run.ID)
	env["PROJECT_DIR"] = s.plan.ProjectDir
	env["CMD_DIR"] = s.r.Dir
	env["PWD"] = s.run.Dir // where it is, not where guild was started
	delete(env, "OLDPWD")
	for name, v := range s.plan.Flags {
		if strings.ContainsRune(valueText(v), 0) {
			continue // no variable can hold it; a script that has it as a literal runs all the same
		}
		env["FLAG_"+envName(name)] = valueText(v)
		if s.plan.Dest == DestEnv {
			variable := s.plan.flag(name).Arg
			if variable == "" {
				variable = name
			}
			if v != nil {
				env[variable] = valueText(v)
			}
		}
	}
	maps.Copy(env, s.hookEnv)
	list := make([]string, 0, len(env))
	for name, value := range env {
		list = append(list, name+"="+value)
	}
	slices.Sort(list)
	return list, nil
}

// envName is a flag's name as part of a variable's: upper case, anything but letters and digits as "_".
func envName(flag string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		if r >= 'a' && r <= 'z' {
			return r - 'a' + 'A'
		}
		return '_'
	}, flag)
}

// secretWords mark variables that are not recorded, in any case.
var secretWords = []string{"password", "passwd", "token", "secret", "credential", "apikey", "api_key"}

// recordedEnv is what the attribute "env" keeps: the environment without secrets.
func recordedEnv(environ []string) run.Flags {
	kept := run.Flags{}
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		lower := strings.ToLower(name)
		if !slices.ContainsFunc(secretWords, func(w string) bool { return strings.Contains(lower, w) }) {
			kept[name] = strings.ToValidUTF8(value, "\uFFFD")
		}
	}
	return kept
}

func envNames(environ []string) []string {
	names := make([]string, len(environ))
	for i, kv := range environ {
		names[i], _, _ = strings.Cut(kv, "=")
	}
	return names
}

// hostName is this machine's name, or "" where it has none.
func hostName() string {
	name, err := os.Hostname()
	if err != nil {
		return ""
	}
	return name
}
