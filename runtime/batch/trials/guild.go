package trials

import (
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/guild-run/guild/runtime/run"
)

// forms are the functions of Guild AI, and how each is written.
var forms = map[string]string{
	"range":    "range[START:END] or range[START:END:STEP]",
	"linspace": "linspace[START:END] or linspace[START:END:N]",
	"logspace": "logspace[START:END], logspace[START:END:N] or logspace[START:END:N:BASE]",
	Uniform:    "uniform[LOW:HIGH]",
	LogUniform: "loguniform[LOW:HIGH]",
}

var formNames = []string{"range", "linspace", "logspace", Uniform, LogUniform}

// guild reads a text in the syntax of Guild AI. ok is false if it is one plain value, which a list is too if oneList.
func (r *reader) guild(text string, oneList bool) (values []any, sample *Distribution, ok bool, err error) {
	values, sample, ok, err = r.function(text)
	if ok || err != nil {
		return values, sample, ok, err
	}
	if body, times, ok := repetition(text); ok {
		values, err := r.list(body, 0)
		if err == nil {
			values, err = r.repeat(values, times)
		}
		return values, nil, true, err
	}
	if name, body, ok := cutCall(text, square); ok && name == "" && !oneList {
		values, err := r.list(body, 0)
		return values, nil, true, err
	}
	return nil, nil, false, nil
}

// function reads range[…] and the like, and [a:b]. ok is false for anything else.
func (r *reader) function(text string) (values []any, sample *Distribution, ok bool, err error) {
	name, body, ok := cutCall(text, square)
	if !ok || !strings.Contains(body, ":") {
		if _, known := forms[name]; ok && known {
			return nil, nil, false, fmt.Errorf("want %s", forms[name])
		}
		return nil, nil, false, nil
	}
	parts := strings.Split(body, ":")
	switch name {
	case "":
		if n, numbers := parseDecimals(parts); numbers == nil {
			if len(n) > 2 {
				return nil, nil, false, errors.New("want [LOW:HIGH], from which values are drawn, or range[START:END:STEP]")
			}
			sample, err = distribution(Uniform, n)
			return nil, sample, err == nil, err
		}
		return nil, nil, false, nil
	case "range", "linspace", "logspace":
		values, err = r.sequence(name, parts)
	case Uniform, LogUniform:
		var n []decimal
		if n, err = parseDecimals(parts); err == nil {
			sample, err = distribution(name, n)
		}
	default:
		return nil, nil, false, notAFunction(name)
	}
	return values, sample, err == nil, err
}

// notAFunction refuses what looks like a mistyped function. Other text is text.
func notAFunction(name string) error {
	meant := run.Nearest(name, formNames)
	if name == "geomspace" {
		meant = "logspace"
	}
	if meant == "" {
		return nil
	}
	return fmt.Errorf("unknown function %q (did you mean %q? text is written in quotes)", name, meant)
}

func (r *reader) sequence(name string, parts []string) ([]any, error) {
	most := map[string]int{"range": 3, "linspace": 3, "logspace": 4}[name]
	if len(parts) > most {
		return nil, fmt.Errorf("want %s", forms[name])
	}
	n, err := parseDecimals(parts)
	if err != nil {
		return nil, err
	}
	if name == "range" {
		step := decimal{n: big.NewInt(1), whole: true}
		if len(n) == 3 {
			step = n[2]
		}
		return r.span(n[0], n[1], step, true)
	}
	count := 5
	if len(n) > 2 {
		if !n[2].whole || n[2].n.Sign() < 0 {
			return nil, fmt.Errorf("%s is not a number of values", show(strings.TrimSpace(parts[2])))
		}
		if err := r.take(n[2].n); err != nil {
			return nil, err
		}
		count = int(n[2].n.Int64())
	}
	if name == "linspace" {
		return linspace(n[0], n[1], count)
	}
	base := decimal{n: big.NewInt(10), whole: true}
	if len(n) == 4 {
		base = n[3]
	}
	return logspace(n[0], n[1], count, base)
}
