// Command summary is a hook that writes summary.json when a run has ended, and adds the outcome to its label.
//
// Parameters: file, where to write (default "summary.json"), and label, a template with ${label}, ${op} and ${status} (default
// "${label} (${status})"). Needs the grants stage.write for the file and attrs.set.
package main

import (
	"errors"
	"strings"

	guild "github.com/guild-run/guild/guest-sdk/go"
)

func main() {}

// OnRunEnd receives the event.
//
//go:wasmexport on_run_end
func OnRunEnd() int32 { return guild.Handle(summarise) }

func summarise() error {
	var summary []guild.Member
	for _, name := range []string{"id", "op", "status", "exit_status", "flags", "scalars", "started", "stopped", "duration"} {
		text, ok, err := guild.Run(name).JSON()
		if err != nil {
			return err
		}
		if ok {
			summary = append(summary, guild.Member{Name: name, JSON: guild.JSON(text)})
		}
	}
	json, err := guild.Encode(summary)
	if err != nil {
		return err
	}
	file, err := guild.Param("file").StringOr("summary.json")
	if err != nil {
		return err
	}
	if err := guild.WriteFile(file, []byte(json+"\n")); err != nil {
		return err
	}
	template, err := guild.Param("label").StringOr("${label} (${status})")
	if err != nil {
		return err
	}
	label, err := expand(template)
	if err != nil {
		return err
	}
	return guild.SetLabel(strings.TrimSpace(label))
}

// expand replaces each ${NAME}.
func expand(template string) (string, error) {
	var out strings.Builder
	for {
		text, after, ok := strings.Cut(template, "${")
		name, rest, closed := strings.Cut(after, "}")
		if !ok || !closed {
			return out.String() + template, nil
		}
		if name != "label" && name != "op" && name != "status" {
			return "", errors.New("parameter label: no such name: " + name)
		}
		value, err := guild.Run(name).StringOr("")
		if err != nil {
			return "", err
		}
		out.WriteString(text + value)
		template = rest
	}
}
