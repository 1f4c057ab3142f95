package engine

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/guild-run/guild/abi"
)

// maxRead is how much one stage_read gives: a longer buffer is filled in part.
const maxRead = 1 << 20

// hostStageList is stage_list(glob, buf, cap).
func hostStageList(ev *event) int64 {
	glob := ev.args.text[0]
	if ev.listed.valid && ev.listed.glob == string(glob) {
		return ev.give(ev.listed.text)
	}
	if len(glob) > abi.MaxName {
		return ev.tooLong("glob", glob)
	}
	if !utf8.Valid(glob) || !validGlob(string(glob)) {
		return ev.fail(abi.Invalid, "malformed glob %q", glob)
	}
	if ev.call.Stage == nil {
		return ev.noStage()
	}
	ev.spend(priceList)
	paths, err := ev.call.Stage.List(string(glob))
	if err != nil {
		return ev.failWith(err, abi.IO)
	}
	var text []byte
	for _, p := range paths {
		text = append(append(text, p...), 0)
	}
	ev.listed = listing{glob: string(glob), text: text, valid: true}
	ev.spend(priceText * len(text))
	return ev.give(text)
}

// hostStageStat is stage_stat(path, out).
func hostStageStat(ev *event) int64 {
	if errno := ev.stagePath(ev.args.text[0]); errno != 0 {
		return errno
	}
	ev.spend(priceStage)
	st, err := ev.call.Stage.Stat(string(ev.args.text[0]))
	if err != nil {
		return ev.failWith(err, abi.IO)
	}
	out := ev.args.out
	binary.LittleEndian.PutUint64(out, uint64(max(st.Size, 0)))
	binary.LittleEndian.PutUint32(out[8:], st.Kind)
	binary.LittleEndian.PutUint32(out[12:], st.Mode)
	binary.LittleEndian.PutUint64(out[16:], 0)
	return 0
}

// hostStageRead is stage_read(path, offset, buf, cap).
func hostStageRead(ev *event) int64 {
	path := ev.args.text[0]
	if len(path) <= abi.MaxName && ev.args.long < 0 {
		return ev.fail(abi.Invalid, "offset %d is negative", ev.args.long)
	}
	if errno := ev.stagePath(path); errno != 0 {
		return errno
	}
	ev.spend(priceStage)
	buf := ev.args.out
	n, err := ev.call.Stage.ReadAt(string(path), ev.args.long, buf[:min(len(buf), maxRead)])
	if err != nil && !errors.Is(err, io.EOF) {
		return ev.failWith(err, abi.IO)
	}
	ev.spend(priceWrite * n)
	return int64(n)
}

// hostStageWrite is stage_write(path, mode, data).
func hostStageWrite(ev *event) int64 {
	path, data := ev.args.text[0], ev.args.text[1]
	if errno := ev.mayWrite(path); errno != 0 {
		return errno
	}
	if len(data) > abi.MaxData {
		return ev.tooBig("data", data, abi.MaxData)
	}
	if errno := ev.countWrite(path, len(data)); errno != 0 {
		return errno
	}
	if ev.args.int != abi.WriteReplace && ev.args.int != abi.WriteAppend {
		return ev.fail(abi.Invalid, "mode %d is not one of 0, 1", ev.args.int)
	}
	if errno := ev.stagePath(path); errno != 0 {
		return errno
	}
	ev.spend(priceStage + priceWrite*len(data))
	if err := ev.call.Stage.Write(string(path), ev.args.int, bytes.Clone(data)); err != nil {
		return ev.failWith(err, abi.IO)
	}
	return ev.wrote(path, len(data))
}

// hostStageRemove is stage_remove(path).
func hostStageRemove(ev *event) int64 {
	path := ev.args.text[0]
	if errno := ev.mayWrite(path); errno != 0 {
		return errno
	}
	if errno := ev.countWrite(path, 0); errno != 0 {
		return errno
	}
	if errno := ev.stagePath(path); errno != 0 {
		return errno
	}
	ev.spend(priceStage)
	if err := ev.call.Stage.Remove(string(path)); err != nil {
		return ev.failWith(err, abi.IO)
	}
	return ev.wrote(path, 0)
}

// mayWrite checks the grant. A path over its limit is not held against globs, which could take long.
func (ev *event) mayWrite(path []byte) int64 {
	if len(path) > abi.MaxName {
		return ev.tooLong("path", path)
	}
	ev.spend(priceQuote * len(path))
	if !slices.ContainsFunc(ev.hook.writes, func(glob string) bool { return matchGlob(glob, string(path)) }) {
		return ev.fail(abi.Denied, "no stage.write grant covers %q", path)
	}
	return 0
}

func (ev *event) countWrite(path []byte, n int) int64 {
	if ev.stageBytes+n > abi.MaxStageBytes {
		return ev.fail(abi.Limit, "more than %d bytes written in one event", abi.MaxStageBytes)
	}
	if len(ev.stageFiles) >= abi.MaxStageFiles && !ev.stageFiles[string(path)] {
		return ev.fail(abi.Limit, "more than %d files written in one event", abi.MaxStageFiles)
	}
	return 0
}

func (ev *event) wrote(path []byte, n int) int64 {
	if ev.stageFiles == nil {
		ev.stageFiles = map[string]bool{}
	}
	ev.stageFiles[string(path)] = true
	ev.stageBytes += n
	ev.listed.valid = false
	return 0
}

// stagePath checks the limit and the form of a path, and that there is a stage.
func (ev *event) stagePath(path []byte) int64 {
	if len(path) > abi.MaxName {
		return ev.tooLong("path", path)
	}
	if !validPath(path) {
		return ev.fail(abi.Invalid, "malformed path %q", path)
	}
	if ev.call.Stage == nil {
		return ev.noStage()
	}
	return 0
}

func (ev *event) noStage() int64 { return ev.fail(abi.Unsupported, "there is no stage here") }

// validPath: relative, UTF-8, "/" between segments that are neither empty nor dots, no NUL.
func validPath(path []byte) bool {
	p := string(path)
	return p != "." && fs.ValidPath(p) && !strings.ContainsRune(p, 0)
}
