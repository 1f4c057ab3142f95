package proc

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

func openKept(path string, add bool) (*os.File, error) {
	if path == "" {
		return nil, nil
	}
	flags := os.O_RDWR | os.O_CREATE | os.O_APPEND | unix.O_NOFOLLOW
	if !add {
		flags |= os.O_TRUNC
	}
	f, err := os.OpenFile(path, flags, 0o666)
	if err != nil {
		return nil, fmt.Errorf("keep output: %w", err)
	}
	return f, nil
}

// resume makes the files of an earlier process ready to be added to, also if its guild was killed between two
// writes: the output ends with a newline, and the index has one entry for each line of it.
func resume(output, index *os.File) error {
	lines, err := endLines(output)
	if err == nil && index != nil {
		err = fitIndex(output, index, lines)
	}
	if err != nil {
		return fmt.Errorf("keep output: %w", err)
	}
	return nil
}

// endLines ends the last line and counts all of them.
func endLines(output *os.File) (int64, error) {
	if output == nil {
		return 0, nil
	}
	var lines int64
	last := byte('\n')
	buf := make([]byte, 64<<10)
	for {
		n, err := output.Read(buf)
		if n > 0 {
			lines += int64(bytes.Count(buf[:n], []byte{'\n'}))
			last = buf[n-1]
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return 0, err
		}
	}
	if last == '\n' {
		return lines, nil
	}
	_, err := output.Write([]byte{'\n'})
	return lines + 1, err
}

// fitIndex cuts the index to the number of lines, or adds entries with the time of the last output. Without an
// output file it only drops an incomplete entry.
func fitIndex(output, index *os.File, lines int64) error {
	info, err := index.Stat()
	if err != nil {
		return err
	}
	have := info.Size() / entrySize
	if output == nil {
		lines = have
	}
	have = min(have, lines)
	if have*entrySize != info.Size() {
		if err := index.Truncate(have * entrySize); err != nil {
			return err
		}
	}
	if have == lines {
		return nil
	}
	if info, err = output.Stat(); err != nil {
		return err
	}
	entry := indexEntry(info.ModTime(), Stdout)
	w := bufio.NewWriter(index)
	for ; have < lines; have++ {
		if _, err := w.Write(entry[:]); err != nil {
			return err
		}
	}
	return w.Flush()
}
