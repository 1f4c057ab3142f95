package main

import (
	"errors"
	"strconv"

	guild "github.com/guild-run/guild/guest-sdk/go"
)

// viaSDK makes a call by the SDK.
func viaSDK(c testCase, round int) outcome {
	text := func(at int) string { return c.text(at, round) }
	json := func(at int) guild.JSON { return guild.JSON(c.text(at, round)) }
	switch c.function {
	case "log":
		log(c.number(0), text(1))
		return done
	case "now":
		return outcome{shown: strconv.FormatInt(guild.Now(), 10)}
	case "random":
		return random(int(c.number(0)))
	case "param_get":
		return field(guild.Param(text(0)))
	case "event_get":
		return field(guild.Event(text(0)))
	case "deny":
		return did(guild.Deny(text(0)))
	case "stop":
		return did(guild.Stop(text(0)))
	case "stage_list":
		return list(text(0))
	case "stage_stat":
		return stat(text(0))
	case "stage_read":
		buf := make([]byte, c.number(2))
		n, err := guild.ReadAt(text(0), c.number(1), buf)
		return gave(sized(buf[:n], ""), err)
	case "stage_write":
		if c.number(1) == 1 {
			return did(guild.AppendFile(text(0), []byte(text(2))))
		}
		return did(guild.WriteFile(text(0), []byte(text(2))))
	case "stage_remove":
		return did(guild.RemoveFile(text(0)))
	case "flag_set":
		return did(guild.SetFlag(text(0), json(1)))
	case "env_set":
		return did(guild.SetEnv(text(0), text(1)))
	case "attr_set":
		return did(attr(text(0), json(1)))
	case "plan_set":
		return did(guild.SetPlan(json(0)))
	case "state_get":
		return get(guild.Scope(c.number(0)), text(1))
	case "state_put":
		version, err := guild.Scope(c.number(0)).Put(text(1), []byte(text(2)), c.number(3))
		return gave("v"+strconv.FormatInt(version, 10), err)
	case "state_append":
		version, err := guild.Scope(c.number(0)).Append(text(1), []byte(text(2)))
		return gave("v"+strconv.FormatInt(version, 10), err)
	case "answer":
		return did(guild.Answer(json(0)))
	case "lock_request":
		return did(guild.RequestLock())
	case "emit":
		return did(guild.Emit(text(0), json(1)))
	}
	panic("the SDK has no " + c.function)
}

func gave(shown string, err error) outcome {
	if err == nil {
		return outcome{shown: shown}
	}
	var e *guild.Error
	if errors.As(err, &e) {
		return outcome{errno: int64(e.Errno)}
	}
	panic(err)
}

func did(err error) outcome { return gave("ok", err) }

func log(level int64, message string) {
	switch level {
	case -1:
		guild.Debug(message)
	case 1:
		guild.Warn(message)
	case 2:
		guild.LogError(message)
	default:
		guild.Info(message)
	}
}

func random(n int) outcome {
	buf := room(n)
	if err := guild.Random(buf); err != nil {
		return did(err)
	}
	if touched(buf[n-8:]) {
		return outcome{shown: "filled"}
	}
	return outcome{shown: "untouched"}
}

func field(f guild.Field) outcome {
	json, ok, err := f.JSON()
	if err == nil && !ok {
		return outcome{errno: int64(guild.NotFound)}
	}
	return gave(sized([]byte(json), ""), err)
}

func list(glob string) outcome {
	paths, err := guild.List(glob)
	var out []byte
	for _, path := range paths {
		out = append(append(out, path...), 0)
	}
	return gave(sized(out, ""), err)
}

func stat(path string) outcome {
	st, err := guild.Stat(path)
	return gave(described(st), err)
}

func described(st guild.FileInfo) string {
	switch st.Kind {
	case guild.KindFile:
		mode := strconv.FormatUint(uint64(st.Mode), 8)
		return "file " + strconv.FormatUint(st.Size, 10) + " " + "000"[min(3, len(mode)):] + mode
	case guild.KindDir:
		return "dir"
	case guild.KindSymlink:
		return "link"
	}
	return "other"
}

func attr(name string, json guild.JSON) error {
	if label, err := guild.Unquote(string(json)); name == "label" && err == nil {
		return guild.SetLabel(label)
	}
	elements, err := guild.Elements(string(json))
	if name != "tags" || err != nil {
		return guild.SetAttr(name, json)
	}
	tags := make([]string, len(elements))
	for i, element := range elements {
		if tags[i], err = guild.Unquote(string(element)); err != nil {
			return guild.SetAttr(name, json)
		}
	}
	return guild.SetTags(tags)
}

func get(scope guild.Scope, key string) outcome {
	value, version, err := scope.Get(key)
	if err == nil && version == guild.VersionAbsent {
		return outcome{errno: int64(guild.NotFound)}
	}
	return gave(sized(value, " v"+strconv.FormatInt(version, 10)), err)
}
