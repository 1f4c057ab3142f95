package main

import (
	"github.com/guild-run/guild/abi"
	"github.com/guild-run/guild/cmd/guild/internal/ui"
)

// reporter shows what a runner reports.
type reporter struct{ ui *ui.UI }

func (r reporter) Warn(message string) { r.ui.Warnf("%s", message) }

func (r reporter) Note(message string) { r.ui.Say("%s", message) }

func (r reporter) Hook(name string, level int32, message string) {
	switch {
	case level <= abi.LevelDebug:
		r.ui.Decide("[%s] %s", name, message)
	case level == abi.LevelInfo:
		r.ui.Say("[%s] %s", name, message)
	default:
		r.ui.Warnf("[%s] %s", name, message)
	}
}
