package lock

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/guild-run/guild/runtime/internal/canon"
)

// The intent file has the mode of everything that a lock is about to change. It is complete on disk before the
// first change, so a killed lock can be rolled back. Its last line is the digest of the others: modes of
// a damaged file are not to be trusted.

const firstIntentLine = "guild lock intent 1"

// encodeIntent returns the intent to lock the entries.
func encodeIntent(entries []Entry) []byte {
	b := append([]byte(firstIntentLine), '\n')
	for i := range entries {
		e := &entries[i]
		if !e.Kept && e.Mode != e.LockedMode() {
			b = append(b, byte(e.Type), '\t')
			b = append(b, appendMode(nil, e.Mode, false)...)
			b = append(b, '\t')
			b = append(appendField(b, e.Path), '\n')
		}
	}
	return append(b, "end\t"+canon.Bytes(b).Hex()+"\n"...)
}

func decodeIntent(data []byte) ([]Entry, error) {
	at := bytes.LastIndex(data, []byte("\nend\t")) + 1
	if at == 0 || string(data[at:]) != "end\t"+canon.Bytes(data[:at]).Hex()+"\n" {
		return nil, fmt.Errorf("%w: %s/%s is not complete", ErrDamaged, guildDir, nameIntent)
	}
	var entries []Entry
	for i, line := range strings.Split(string(data[:at-1]), "\n") {
		if i == 0 {
			if line != firstIntentLine {
				return nil, fmt.Errorf("%w: %s/%s:1: first line is %.40q, want %q", ErrDamaged, guildDir, nameIntent, line, firstIntentLine)
			}
			continue
		}
		e, err := parseIntentLine(line)
		if err != nil {
			return nil, fmt.Errorf("%w: %s/%s:%s: %w", ErrDamaged, guildDir, nameIntent, strconv.Itoa(i+1), err)
		}
		entries = append(entries, e)
	}
	return entries, nil
}

func parseIntentLine(line string) (e Entry, err error) {
	f := strings.Split(line, "\t")
	if len(f) != 3 || f[0] != "f" && f[0] != "d" {
		return e, fmt.Errorf("malformed line %.80q", line)
	}
	e.Type = Type(f[0][0])
	if e.Mode, e.Kept, err = parseMode(f[1]); err != nil {
		return e, err
	}
	if e.Path, err = parseField(f[2]); err != nil {
		return e, err
	}
	if e.Kept || !validPath(e.Path) && e.Path != "." {
		return e, fmt.Errorf("malformed line %.80q", line)
	}
	return e, nil
}
