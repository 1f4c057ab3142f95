package ui

const (
	bold   = "1"
	red    = "31"
	green  = "32"
	yellow = "33"
)

// useColor: NO_COLOR wins, then CLICOLOR_FORCE, then whether the stream is a terminal that can.
func useColor(terminal bool, getenv func(string) string) bool {
	switch {
	case getenv("NO_COLOR") != "":
		return false
	case getenv("CLICOLOR_FORCE") != "" && getenv("CLICOLOR_FORCE") != "0":
		return true
	}
	return terminal && getenv("TERM") != "dumb"
}

func (u *UI) paint(on bool, code, text string) string {
	if !on {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Status paints the word for a status in an answer on stdout. The word stays the only carrier of the meaning.
func (u *UI) Status(status string) string {
	switch status {
	case "completed", "ok", "done":
		return u.paint(u.outColor, green, status)
	case "error", "failed":
		return u.paint(u.outColor, red, status)
	case "denied", "terminated":
		return u.paint(u.outColor, yellow, status)
	}
	return status
}
