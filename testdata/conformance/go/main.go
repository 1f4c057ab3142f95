// Command go is the conformance guest on the Go SDK: it reads its cases from the parameter "cases", makes each call, and
// logs one line about it. See README.md one folder up.
//
// A case is made by the SDK, as a hook would do it; one that is marked with "!" goes to the imported function itself,
// because the SDK would not let it through.
package main

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	guild "github.com/guild-run/guild/guest-sdk/go"
)

func main() {}

// count is the number of events so far. A host must make it 0 again before each.
var count int

// saved are the lines of the initialisation, to be logged in an event.
var saved []string

func init() {
	lines, err := cases("init")
	for _, line := range lines {
		shown, err := perform(line)
		if err != nil {
			shown = err.Error()
		}
		saved = append(saved, shown)
	}
	if err != nil {
		saved = append(saved, err.Error())
	}
}

func run() error {
	part, err := guild.Event("kit.part").StringOr("")
	if err != nil {
		return err
	}
	name, err := guild.Event("event.name").StringOr("")
	if err != nil {
		return err
	}
	guild.Info("begin " + name + " " + part + " " + strconv.Itoa(count))
	count++
	if part == "init" {
		for _, line := range saved {
			guild.Info(line)
		}
		return nil
	}
	lines, err := cases(part)
	if err != nil {
		return err
	}
	for _, line := range lines {
		shown, err := perform(line)
		if err != nil {
			return err
		}
		guild.Info(shown)
	}
	return nil
}

// cases returns those of a part.
func cases(part string) ([]string, error) {
	json, ok, err := guild.Param("cases." + part).JSON()
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errors.New("no cases for " + part)
	}
	elements, err := guild.Elements(json)
	if err != nil {
		return nil, err
	}
	lines := make([]string, len(elements))
	for i, element := range elements {
		if lines[i], err = guild.Unquote(string(element)); err != nil {
			return nil, err
		}
	}
	return lines, nil
}

// perform does what a line says, and returns a line about it.
func perform(line string) (string, error) {
	c := parse(line)
	switch c.function {
	case "fail":
		return "", errors.New(c.name)
	case "trap":
		panic("as told")
	}
	call := viaSDK
	if c.raw {
		call = viaImport
	}
	shown := ""
	if c.times == 1 {
		shown = call(c, 0).String()
	} else {
		round, result := 0, outcome{}
		for ; round < c.times; round++ {
			if result = call(c, round); result.errno != 0 {
				break
			}
		}
		shown = strconv.Itoa(round) + " ok"
		if result.errno != 0 {
			shown += ", then " + result.String()
		}
	}
	return c.function + " " + c.name + " " + shown, nil
}

// outcome is what a call came to: what is shown of its result, or an errno.
type outcome struct {
	shown string
	errno int64
}

var done = outcome{shown: "ok"}

func (o outcome) String() string {
	if o.errno == 0 {
		return o.shown
	}
	if o.errno < -12 {
		return strconv.FormatInt(o.errno, 10)
	}
	return guild.Errno(o.errno).Error()
}

// show returns bytes as they may be logged: what is not printable ASCII is "|".
func show(p []byte) string {
	out := make([]byte, len(p))
	for i, c := range p {
		out[i] = c
		if c < ' ' || c > '~' {
			out[i] = '|'
		}
	}
	return string(out)
}

// sized returns a length, what else there is to say, and what it is the length of.
func sized(p []byte, more string) string {
	shown := strconv.Itoa(len(p)) + more
	if len(p) > 0 {
		shown += " " + show(p)
	}
	return shown
}

// touched reports whether anything is in a buffer that was not there before the call.
func touched(p []byte) bool { return strings.Trim(string(p), ".") != "" }

// room returns n bytes, all ".".
func room(n int) []byte { return bytes.Repeat([]byte{'.'}, n) }
