package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/guild-run/guild/cmd/guild/internal/ui"
	"github.com/guild-run/guild/runtime/lock"
	"github.com/guild-run/guild/runtime/run"
	"github.com/guild-run/guild/runtime/runner"
	"github.com/guild-run/guild/runtime/store"
	"github.com/spf13/cobra"
)

func newRunsInfo(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use: "info [<run>]", Short: "Show all about one run (default: the newest)", Args: argsBetween(0, 1, "a run"),
		RunE: func(_ *cobra.Command, args []string) error {
			r, err := a.runOf(args)
			if err != nil {
				return err
			}
			return a.showInfo(r)
		},
	}
	cmd.Flags().BoolVar(&a.json, "json", false, "write JSON")
	return cmd
}

func firstOr(args []string, otherwise string) string {
	if len(args) > 0 {
		return args[0]
	}
	return otherwise
}

func (a *app) showInfo(r *store.Run) error {
	doc, err := infoDocument(r)
	if err != nil {
		return err
	}
	if a.json {
		return a.ui.JSON(doc)
	}
	s := describe(r)
	line := func(name string, value any) { fmt.Fprintf(a.ui.Out, "%s: %s\n", name, infoText(value)) }
	for _, name := range []string{
		"id", "operation", "from", "status", "started", "stopped", "duration", "marked", "label", "exit_status", "stop_reason",
		"stage_error", "pid", "host",
		"run_dir", "command", "random_seed", "sourcecode_digest", "sourcecode_blake3", "vcs_commit", "restarted_from", "proto", "locked",
		"no_hooks",
	} {
		if v, ok := doc[name]; ok {
			line(name, v)
		}
	}
	if denied, ok := doc["denied"].(map[string]any); ok {
		line("denied", fmt.Sprintf("%v in %v: %v", denied["hook"], denied["event"], denied["reason"]))
	}
	if trial, ok := doc[runner.AttrTrial].(map[string]any); ok {
		line("trial", trialText(trial))
	}
	if step, ok := doc[runner.AttrStep].(map[string]any); ok {
		line("step", fmt.Sprintf("%v of pipeline %s", step["name"], run.ID(fmt.Sprint(step["pipeline"])).Short()))
	}
	if len(s.tags) > 0 {
		fmt.Fprintln(a.ui.Out, "tags:")
		for _, tag := range s.tags {
			fmt.Fprintf(a.ui.Out, "  - %s\n", tag)
		}
	}
	a.infoMap("flags", doc["flags"])
	a.infoMap("scalars", doc["scalars"])
	a.infoMap("upstream", upstreamText(doc["upstream"], "op", func(u map[string]any) any { return u["run"] }))
	a.infoMap("upstream_changed", upstreamText(doc["upstream_changed"], "run", func(u map[string]any) any {
		changes, _ := u["changes"].([]any)
		return fmt.Sprintf("%s while this run ran: %s", count(len(changes), "change"), joined(changes))
	}))
	if comments, _ := doc[runner.AttrComments].([]any); len(comments) > 0 {
		fmt.Fprintln(a.ui.Out, "comments:")
		a.printComments(r, comments)
	}
	return nil
}

// trialText says which trial of which batch a run is.
func trialText(trial map[string]any) string {
	index, _ := trial["index"].(int64)
	text := fmt.Sprintf("%d of %v of batch %s", index+1, trial["count"], run.ID(fmt.Sprint(trial["batch"])).Short())
	if condition, ok := trial["condition"].(string); ok && condition != "" {
		text += ", condition " + condition
	}
	return text
}

// upstreamText is what an attribute says of each run that this one used.
func upstreamText(v any, key string, text func(map[string]any) any) map[string]any {
	list, _ := v.([]any)
	texts := map[string]any{}
	for _, e := range list {
		if u, ok := e.(map[string]any); ok {
			texts[fmt.Sprint(u[key])] = text(u)
		}
	}
	return texts
}

// joined is the start of a list.
func joined(list []any) string {
	const most = 5
	var words []string
	for _, e := range list[:min(most, len(list))] {
		words = append(words, fmt.Sprint(e))
	}
	if len(list) > most {
		words = append(words, "…")
	}
	return strings.Join(words, ", ")
}

func (a *app) infoMap(name string, v any) {
	values, _ := v.(map[string]any)
	if len(values) == 0 {
		return
	}
	fmt.Fprintf(a.ui.Out, "%s:\n", name)
	for _, key := range run.Flags(values).Names() {
		text := infoText(values[key])
		if scalar, ok := values[key].(map[string]any); ok && name == "scalars" {
			text = fmt.Sprintf("%s (step %s)", infoText(scalar["last"]), infoText(scalar["step"]))
		}
		fmt.Fprintf(a.ui.Out, "  %s: %s\n", ui.SafeLine(key), text)
	}
}

func infoText(v any) string {
	if s, ok := v.(string); ok {
		return ui.SafeLine(s)
	}
	if s, ok := v.(fmt.Stringer); ok { // json.Number, run.Status
		return s.String()
	}
	return ui.SafeLine(run.FormatValue(v))
}

// infoDocument is everything about a run, as JSON names and values. A corrupt attribute is an error that names it.
func infoDocument(r *store.Run) (map[string]any, error) {
	s := describe(r)
	ref, err := r.OpRef()
	if err != nil {
		return nil, err
	}
	doc := map[string]any{
		"id": string(r.ID), "operation": ref.Name(), "from": ref.Package, "status": s.statusText(), "run_dir": r.Dir,
		"label": s.label, "tags": nonNil(s.tags), "locked": lock.Locked(r.Dir),
	}
	if s.marked {
		doc["marked"] = true
	}
	names, err := r.AttrNames()
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		v, _, err := r.Attr(name)
		if err != nil {
			return nil, err
		}
		if slices.Contains(hiddenAttrs, name) {
			continue
		}
		switch name {
		case runner.AttrStarted, runner.AttrStopped, runner.AttrInitialized:
			if micros, ok := v.(int64); ok {
				doc[name] = jsonTime(time.UnixMicro(micros))
			}
		case runner.AttrCmd:
			doc["command"] = commandText(v)
			doc[name] = v
		case runner.AttrFlags, runner.AttrScalars, runner.AttrUserFlags:
			if m, ok := v.(map[string]any); ok {
				doc[name] = run.Flags(m).JSON()
			}
		default:
			doc[name] = v
		}
	}
	if started, stopped := attrTime(r, runner.AttrStarted), attrTime(r, runner.AttrStopped); !started.IsZero() && stopped.After(started) {
		doc["duration"] = stopped.Sub(started).Seconds()
	}
	if _, ended := doc[runner.AttrExitStatus]; s.status == run.Error && !ended && doc[runner.AttrStarted] != nil && doc[runner.AttrStopReason] == nil {
		doc[runner.AttrStopReason] = "guild or the machine stopped before the run had ended"
	}
	if pid, alive, _ := r.LockPID(); alive {
		doc["pid"] = int64(pid)
	}
	if denied, err := r.Denied(); err == nil && denied != nil {
		doc["denied"] = map[string]any{"hook": denied.Hook, "event": denied.Event, "reason": denied.Reason}
	}
	return doc, nil
}

// hiddenAttrs are guild's own notes, shown under other names or of no use to people.
var hiddenAttrs = []string{runner.AttrID, runner.AttrOp, runner.AttrEnv, runner.AttrRunParams, runner.AttrLabel, runner.AttrTags, runner.AttrMarked}

func commandText(v any) string {
	list, _ := v.([]any)
	words := make([]string, len(list))
	for i, e := range list {
		words[i] = fmt.Sprint(e)
	}
	return run.QuoteAll(words)
}

func jsonTime(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format("2006-01-02T15:04:05.000000Z")
}

// oneRun finds the one run that a user means: by place in the list, id, start of an id, or path.
func (a *app) oneRun(st *store.Store, spec string) (*store.Run, error) {
	if filepath.IsAbs(spec) || spec != "" && spec[0] == '.' {
		return store.OpenDir(spec)
	}
	runs, err := st.Select([]string{spec})
	if err != nil {
		return nil, runHint(runner.AboutHome(st.Home(), err))
	}
	if len(runs) != 1 {
		return nil, usagef("", "%q means %s runs, one is wanted", spec, strconv.Itoa(len(runs)))
	}
	return runs[0], nil
}
