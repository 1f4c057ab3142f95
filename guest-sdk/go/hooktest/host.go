//go:build !wasip1 && !tinygo.wasm

package hooktest

import (
	"encoding/binary"
	"path"
	"slices"
	"strings"

	guild "github.com/guild-run/guild/guest-sdk/go"
)

// host has the host functions of a Host.
type host struct{ *Host }

func (h host) fail(errno guild.Errno, why string) int32 {
	h.lastError = why
	return int32(errno)
}

// give writes a value if it fits, and returns its length.
func give(value string, buf []byte) int32 {
	if len(value) <= len(buf) {
		copy(buf, value)
	}
	return int32(len(value))
}

func (h host) found(what, value string, ok bool, buf []byte) int32 {
	if !ok {
		return h.fail(guild.NotFound, what+": not found")
	}
	return give(value, buf)
}

func (h host) Log(level int32, message string) { h.Logs = append(h.Logs, message) }

func (h host) PanicMessage(message string) { h.Failure = message }

func (h host) ErrorMessage(buf []byte) int32 { return give(h.lastError, buf) }

func (h host) Now() int64 { return h.time }

func (h host) Random(buf []byte) int32 {
	for i := range buf {
		buf[i] = byte(i % 251)
	}
	return 0
}

func (h host) ParamGet(path string, buf []byte) int32 {
	value, ok := get(h.params, path)
	return h.found(path, value, ok, buf)
}

func (h host) EventGet(path string, buf []byte) int32 {
	value, ok := get(h.document, path)
	return h.found(path, value, ok, buf)
}

func (h host) Deny(reason string) int32 {
	if !h.Denied {
		h.Denied, h.Reason = true, reason
	}
	return 0
}

func (h host) Stop(reason string) int32 {
	if !h.Stopped {
		h.Stopped, h.Reason = true, reason
	}
	return 0
}

func (h host) StageList(glob string, buf []byte) int32 {
	var names []string
	for name := range h.Files {
		// "**/" stands for any folders, "*" and "?" for what they stand for in path.Match.
		base, rest := name, glob
		if tail, ok := strings.CutPrefix(glob, "**/"); ok {
			base, rest = path.Base(name), tail
		}
		if ok, _ := path.Match(rest, base); ok || glob == "**" {
			names = append(names, name+"\x00")
		}
	}
	slices.Sort(names)
	return give(strings.Join(names, ""), buf)
}

func (h host) StageStat(path string, out []byte) int32 {
	data, ok := h.Files[path]
	if !ok {
		return h.found(path, "", false, nil)
	}
	binary.LittleEndian.PutUint64(out, uint64(len(data)))
	binary.LittleEndian.PutUint32(out[8:], uint32(guild.KindFile))
	binary.LittleEndian.PutUint32(out[12:], 0o644)
	return 0
}

func (h host) StageRead(path string, offset int64, buf []byte) int32 {
	data, ok := h.Files[path]
	if !ok {
		return h.found(path, "", false, nil)
	}
	return int32(copy(buf, data[min(offset, int64(len(data))):]))
}

func (h host) StageWrite(path string, mode int32, content []byte) int32 {
	if len(content) > 1<<20 {
		return h.fail(guild.TooBig, path+": the limit of one write is 1 MiB")
	}
	h.Touched = append(h.Touched, path)
	if mode == 0 {
		h.Files[path] = string(content)
	} else {
		h.Files[path] += string(content)
	}
	return 0
}

func (h host) StageRemove(path string) int32 {
	if _, ok := h.Files[path]; !ok {
		return h.found(path, "", false, nil)
	}
	h.Touched = append(h.Touched, path)
	delete(h.Files, path)
	return 0
}

func (h host) FlagSet(name, json string) int32 {
	h.Flags[name] = json
	return 0
}

func (h host) EnvSet(name, value string) int32 {
	h.Env[name] = value
	return 0
}

func (h host) AttrSet(name, json string) int32 {
	h.Attrs[name] = json
	return 0
}

func (h host) PlanSet(json string) int32 {
	h.Plan = json
	return 0
}

func (h host) StateGet(scope int32, key string, buf []byte, version *int64) int32 {
	e, ok := h.state[stateKey(scope, key)]
	if ok {
		*version = e.version
	}
	return h.found(key, string(e.value), ok, buf)
}

func (h host) StatePut(scope int32, key string, value []byte, expected int64) int64 {
	e := h.state[stateKey(scope, key)]
	if expected != guild.VersionAny && expected != e.version {
		return int64(h.fail(guild.Conflict, key+": another version is there"))
	}
	e = entry{value: slices.Clone(value), version: e.version + 1}
	h.state[stateKey(scope, key)] = e
	return e.version
}

func (h host) StateAppend(scope int32, key string, record []byte) int64 {
	e := h.state[stateKey(scope, key)]
	e = entry{value: slices.Concat(e.value, record, []byte("\n")), version: e.version + 1}
	h.state[stateKey(scope, key)] = e
	return e.version
}

func stateKey(scope int32, key string) string { return string(rune('0'+scope)) + key }

func (h host) Answer(json string) int32 {
	h.Host.Answer = json
	return 0
}

func (h host) LockRequest() int32 {
	h.LockRequested = true
	return 0
}

func (h host) Emit(topic, json string) int32 {
	h.Emitted = append(h.Emitted, topic+" "+json)
	return 0
}
