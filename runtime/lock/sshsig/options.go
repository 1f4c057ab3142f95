package sshsig

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// options reads the options of a line: keywords without regard to case, separated by commas.
func (a *allowed) options(s string) error {
	for s != "" {
		var err error
		switch word := strings.ToLower(s[:strings.IndexAny(s+"=", "=,")]); word {
		case "cert-authority":
			a.authority = true
			s = s[len(word):]
		case "namespaces":
			if a.namespaces != "" {
				return errors.New("option namespaces is given twice")
			}
			if a.namespaces, s, err = quoted(word, s); err == nil && a.namespaces == "" {
				err = errors.New("option namespaces is empty")
			}
		case "valid-after":
			s, err = validity(word, s, &a.after)
		case "valid-before":
			s, err = validity(word, s, &a.before)
		default:
			return fmt.Errorf("unknown option %.60q", word)
		}
		if err != nil {
			return err
		}
		if s == "" {
			break
		}
		if s[0] != ',' || len(s) == 1 {
			return fmt.Errorf("unexpected %.60q in the options", s)
		}
		s = s[1:]
	}
	if !a.after.IsZero() && !a.before.IsZero() && !a.before.After(a.after) {
		return errors.New("valid-before is not later than valid-after")
	}
	return nil
}

func validity(word, s string, at *time.Time) (string, error) {
	if !at.IsZero() {
		return s, fmt.Errorf("option %s is given twice", word)
	}
	text, rest, err := quoted(word, s)
	if err == nil {
		*at, err = parseTime(text)
	}
	return rest, err
}

// quoted reads ="VALUE" after a word. In the value \" is a quote.
func quoted(word, s string) (value, rest string, err error) {
	s, ok := strings.CutPrefix(s[len(word):], `="`)
	if !ok {
		return "", "", fmt.Errorf(`option %s wants ="VALUE"`, word)
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && s[i+1] == '"':
			i++
			b.WriteByte('"')
		case s[i] == '"':
			return b.String(), s[i+1:], nil
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", errors.New("a quote is not closed")
}

// parseTime reads YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS in the local time zone, or with a Z behind it in UTC.
func parseTime(s string) (time.Time, error) {
	zone, digits := time.Local, s
	for _, utc := range []string{"z", "utc"} {
		if len(s) > len(utc) && strings.EqualFold(s[len(s)-len(utc):], utc) {
			zone, digits = time.UTC, s[:len(s)-len(utc)]
			break
		}
	}
	layout := map[int]string{8: "20060102", 12: "200601021504", 14: "20060102150405"}[len(digits)]
	at, err := time.ParseInLocation(layout, digits, zone)
	if layout == "" || err != nil {
		return time.Time{}, fmt.Errorf("malformed time %.40q", s)
	}
	return at, nil
}
