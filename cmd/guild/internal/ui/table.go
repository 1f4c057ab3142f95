package ui

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Columns writes rows with each column padded to its widest cell and two spaces between; the last column is not padded.
func Columns(w io.Writer, indent string, rows [][]string) error {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		b.WriteString(indent)
		for i, cell := range row {
			if i == len(row)-1 {
				b.WriteString(cell)
				break
			}
			fmt.Fprintf(&b, "%s%s", cell, strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2))
		}
		trimmed := strings.TrimRight(b.String(), " ")
		b.Reset()
		if _, err := fmt.Fprintln(w, trimmed); err != nil {
			return err
		}
	}
	return nil
}

// Table writes rows under a heading, aligned, on a terminal; otherwise without the heading, cells separated by tabs.
func (u *UI) Table(heading []string, rows [][]string) error {
	if u.OutIsTerminal {
		return Columns(u.Out, "", append([][]string{heading}, rows...))
	}
	for _, row := range rows {
		if _, err := fmt.Fprintln(u.Out, strings.Join(row, "\t")); err != nil {
			return err
		}
	}
	return nil
}
