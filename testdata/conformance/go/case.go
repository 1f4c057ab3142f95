package main

import (
	"bytes"
	"strconv"
	"strings"
)

// testCase is one line: [TIMES] ["!"]FUNCTION NAME ARGUMENTS.
type testCase struct {
	times          int
	raw            bool
	function, name string
	args           []string
}

func parse(line string) testCase {
	words := strings.Split(line, " ")
	c := testCase{times: 1}
	if n, err := strconv.Atoi(words[0]); err == nil {
		c.times = n
		words = words[1:]
	}
	c.function, c.raw = strings.CutPrefix(words[0], "!")
	if len(words) > 1 {
		c.name, c.args = words[1], words[2:]
	}
	return c
}

// number is an argument that is a number.
func (c testCase) number(at int) int64 { return number(c.args[at]) }

// text is an argument that is a text.
func (c testCase) text(at, round int) string { return string(text(c.args[at], round)) }

func number(word string) int64 {
	n, err := strconv.ParseInt(word, 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

// text decodes a text: pieces with "+" between them, each [N*]CHARACTERS.
func text(word string, round int) []byte {
	if word == "~" {
		return nil
	}
	var out []byte
	for piece := range strings.SplitSeq(word, "+") {
		times, characters := 1, piece
		if n, rest, ok := strings.Cut(piece, "*"); ok {
			if count, err := strconv.Atoi(n); err == nil {
				times, characters = count, rest
			}
		}
		out = append(out, bytes.Repeat(decode(characters, round), times)...)
	}
	return out
}

func decode(characters string, round int) []byte {
	var out []byte
	for i := 0; i < len(characters); i++ {
		switch c := characters[i]; c {
		case '\'':
			out = append(out, '"')
		case '#':
			out = strconv.AppendInt(out, int64(round), 10)
		case '%':
			b, err := strconv.ParseUint(characters[i+1:i+3], 16, 8)
			if err != nil {
				panic(err)
			}
			out = append(out, byte(b))
			i += 2
		default:
			out = append(out, c)
		}
	}
	return out
}
