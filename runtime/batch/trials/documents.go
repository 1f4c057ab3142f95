package trials

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/BurntSushi/toml"
	"github.com/guild-run/guild/runtime/run"
)

var errNoList = errors.New("want a list of trials, each a table of flags")

func (f *rows) json(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if open, err := dec.Token(); err != nil || open != json.Delim('[') {
		return f.jsonError(data, dec, err)
	}
	for dec.More() {
		var row map[string]any
		if err := dec.Decode(&row); err != nil || row == nil {
			return f.jsonError(data, dec, err)
		}
		line := f.lineAt(data, dec.InputOffset())
		for name, v := range row {
			fixed, err := number(v, 0)
			if err != nil {
				return f.fail(line, fmt.Errorf("flag %q: %w", name, err))
			}
			row[name] = fixed
		}
		if err := f.add(line, row); err != nil {
			return err
		}
	}
	if _, err := dec.Token(); err != nil {
		return f.jsonError(data, dec, err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return f.fail(f.lineAt(data, dec.InputOffset()), errors.New("there is more after the list of trials"))
	}
	return nil
}

// jsonError says where the text is no JSON, or no list of objects.
func (f *rows) jsonError(data []byte, dec *json.Decoder, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	offset := dec.InputOffset()
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		err = errors.New("it ends too early")
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case err == nil || errors.As(err, &kind):
		err = errNoList
	}
	return f.fail(f.lineAt(data, offset), err)
}

// lineAt returns the line of an offset, from 1, and is quick where offsets only grow.
func (f *rows) lineAt(data []byte, offset int64) int {
	offset = min(max(offset, 0), int64(len(data)))
	if offset < f.offset {
		f.offset, f.line = 0, 0
	}
	f.line += bytes.Count(data[f.offset:offset], []byte("\n"))
	f.offset = offset
	return f.line + 1
}

// number makes flag values of JSON's numbers: whole ones to int64.
func number(v any, depth int) (any, error) {
	if depth > maxNesting {
		return nil, errNesting
	}
	switch v := v.(type) {
	case json.Number:
		return parsedNumber(v.String())
	case []any:
		for i := range v {
			fixed, err := number(v[i], depth+1)
			if err != nil {
				return nil, err
			}
			v[i] = fixed
		}
	}
	return v, nil
}

func parsedNumber(text string) (any, error) {
	v, err := run.ParseValue(text)
	if _, isText := v.(string); isText && err == nil {
		return nil, fmt.Errorf("number %s is out of range", strconv.Quote(text))
	}
	return v, err
}

func (f *rows) toml(data []byte) error {
	if err := checkNesting(string(data)); err != nil {
		return fmt.Errorf("%s: %w", f.name, err)
	}
	var file map[string]any
	_, err := toml.Decode(string(data), &file)
	var slip toml.ParseError
	if errors.As(err, &slip) {
		return f.fail(max(1, slip.Position.Line), errors.New(slip.Message))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", f.name, err)
	}
	list, ok := tables(file["trials"])
	if !ok || len(file) != 1 {
		return fmt.Errorf("%s: want trials as tables [[trials]], and nothing else", f.name)
	}
	for _, row := range list {
		if err := f.add(0, row); err != nil {
			return err
		}
	}
	return nil
}

// tables returns the tables of [[trials]] or of trials = [{…}, {…}].
func tables(v any) (list []map[string]any, ok bool) {
	if list, ok := v.([]map[string]any); ok {
		return list, true
	}
	values, ok := v.([]any)
	for _, v := range values {
		table, isTable := v.(map[string]any)
		if !isTable {
			return nil, false
		}
		list = append(list, table)
	}
	return list, ok
}
