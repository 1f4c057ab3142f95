//go:build wasip1 || tinygo.wasm

package main

import (
	"encoding/binary"
	"runtime"
	"strconv"
	"strings"
	"unsafe"

	guild "github.com/guild-run/guild/guest-sdk/go"
)

// letters are the parameters of each function: i and l are numbers, s is a text, b a buffer, o and v are places for a result.
var letters = map[string]string{
	"log": "is", "panic_message": "s", "error_message": "b", "now": "", "random": "b", "param_get": "sb", "event_get": "sb",
	"deny": "s", "stop": "s", "stage_list": "sb", "stage_stat": "so", "stage_read": "slb", "stage_write": "sis", "stage_remove": "s",
	"flag_set": "ss", "env_set": "ss", "attr_set": "ss", "plan_set": "s", "state_get": "isbv", "state_put": "issl", "state_append": "iss",
	"answer": "s", "lock_request": "", "emit": "ss",
}

// arguments are the arguments of a call as numbers, and the memory that they point to.
type arguments struct {
	numbers []int64
	texts   [][]byte
	buf     []byte
	place   []byte // nil if there is none
}

func (a *arguments) add(letter byte, word string, round int) {
	at, given := strings.CutPrefix(word, "@")
	switch {
	case given && (letter == 's' || letter == 'b'):
		pointer, length, _ := strings.Cut(at, ",")
		a.numbers = append(a.numbers, number(pointer), number(length))
	case given:
		a.numbers = append(a.numbers, number(at))
	case letter == 's':
		t := text(word, round)
		a.texts = append(a.texts, t)
		a.numbers = append(a.numbers, pointer(t), int64(len(t)))
	case letter == 'b':
		a.buf = room(int(number(word)))
		a.numbers = append(a.numbers, pointer(a.buf), int64(len(a.buf)))
	case word == ".":
		a.place = room(24)
		a.numbers = append(a.numbers, pointer(a.place))
	default:
		a.numbers = append(a.numbers, number(word))
	}
}

func pointer(p []byte) int64 { return int64(uintptr(unsafe.Pointer(unsafe.SliceData(p)))) }

// viaImport makes a call of the imported function itself, with any numbers for pointers.
func viaImport(c testCase, round int) outcome {
	var a arguments
	for i, letter := range []byte(letters[c.function]) {
		a.add(letter, c.args[i], round)
	}
	result := choose(c.function, a.numbers)
	runtime.KeepAlive(&a)
	if result < 0 {
		return outcome{errno: result}
	}
	return outcome{shown: a.shown(c.function, result)}
}

// shown is what is shown of a result that is no errno.
func (a *arguments) shown(function string, result int64) string {
	number := strconv.FormatInt(result, 10)
	switch function {
	case "now":
		return number
	case "error_message":
		if result == 0 {
			return "none"
		}
		if result > int64(len(a.buf)) {
			return "text" + a.touched()
		}
		return "text"
	case "random":
		if len(a.buf) == 0 {
			return "ok"
		}
		if touched(a.buf[len(a.buf)-8:]) {
			return "filled"
		}
		return "untouched"
	case "state_put", "state_append":
		return "v" + number
	case "stage_stat":
		return described(guild.FileInfo{
			Size: binary.LittleEndian.Uint64(a.place),
			Kind: guild.Kind(binary.LittleEndian.Uint32(a.place[8:])),
			Mode: binary.LittleEndian.Uint32(a.place[12:]),
		})
	case "param_get", "event_get", "stage_list", "stage_read", "state_get":
		return a.pulled(int(result))
	}
	if result == 0 {
		return "ok"
	}
	return number
}

func (a *arguments) pulled(n int) string {
	version := ""
	if a.place != nil {
		version = " v" + strconv.FormatInt(int64(binary.LittleEndian.Uint64(a.place)), 10)
	}
	if n > len(a.buf) {
		return strconv.Itoa(n) + version + a.touched()
	}
	if touched(a.buf[n:]) {
		return sized(a.buf[:n], version) + " touched"
	}
	return sized(a.buf[:n], version)
}

func (a *arguments) touched() string {
	if touched(a.buf) {
		return " touched"
	}
	return " untouched"
}

func choose(function string, a []int64) int64 {
	p := func(at int) uint32 { return uint32(a[at]) }
	i := func(at int) int32 { return int32(a[at]) }
	switch function {
	case "log":
		return int64(hostLog(i(0), p(1), p(2)))
	case "panic_message":
		return int64(hostPanicMessage(p(0), p(1)))
	case "error_message":
		return int64(hostErrorMessage(p(0), p(1)))
	case "now":
		return hostNow()
	case "random":
		return int64(hostRandom(p(0), p(1)))
	case "param_get":
		return int64(hostParamGet(p(0), p(1), p(2), p(3)))
	case "event_get":
		return int64(hostEventGet(p(0), p(1), p(2), p(3)))
	case "deny":
		return int64(hostDeny(p(0), p(1)))
	case "stop":
		return int64(hostStop(p(0), p(1)))
	case "stage_list":
		return int64(hostStageList(p(0), p(1), p(2), p(3)))
	case "stage_stat":
		return int64(hostStageStat(p(0), p(1), p(2)))
	case "stage_read":
		return int64(hostStageRead(p(0), p(1), a[2], p(3), p(4)))
	case "stage_write":
		return int64(hostStageWrite(p(0), p(1), i(2), p(3), p(4)))
	case "stage_remove":
		return int64(hostStageRemove(p(0), p(1)))
	case "flag_set":
		return int64(hostFlagSet(p(0), p(1), p(2), p(3)))
	case "env_set":
		return int64(hostEnvSet(p(0), p(1), p(2), p(3)))
	case "attr_set":
		return int64(hostAttrSet(p(0), p(1), p(2), p(3)))
	case "plan_set":
		return int64(hostPlanSet(p(0), p(1)))
	case "state_get":
		return int64(hostStateGet(i(0), p(1), p(2), p(3), p(4), p(5)))
	case "state_put":
		return hostStatePut(i(0), p(1), p(2), p(3), p(4), a[5])
	case "state_append":
		return hostStateAppend(i(0), p(1), p(2), p(3), p(4))
	case "answer":
		return int64(hostAnswer(p(0), p(1)))
	case "lock_request":
		return int64(hostLockRequest())
	}
	return int64(hostEmit(p(0), p(1), p(2), p(3)))
}

//go:wasmimport guild_v1 log
func hostLog(level int32, message, messageLen uint32) int32

//go:wasmimport guild_v1 panic_message
func hostPanicMessage(message, messageLen uint32) int32

//go:wasmimport guild_v1 error_message
func hostErrorMessage(buf, capacity uint32) int32

//go:wasmimport guild_v1 now
func hostNow() int64

//go:wasmimport guild_v1 random
func hostRandom(buf, bufLen uint32) int32

//go:wasmimport guild_v1 param_get
func hostParamGet(path, pathLen, buf, capacity uint32) int32

//go:wasmimport guild_v1 event_get
func hostEventGet(path, pathLen, buf, capacity uint32) int32

//go:wasmimport guild_v1 deny
func hostDeny(reason, reasonLen uint32) int32

//go:wasmimport guild_v1 stop
func hostStop(reason, reasonLen uint32) int32

//go:wasmimport guild_v1 stage_list
func hostStageList(glob, globLen, buf, capacity uint32) int32

//go:wasmimport guild_v1 stage_stat
func hostStageStat(path, pathLen, out uint32) int32

//go:wasmimport guild_v1 stage_read
func hostStageRead(path, pathLen uint32, offset int64, buf, capacity uint32) int32

//go:wasmimport guild_v1 stage_write
func hostStageWrite(path, pathLen uint32, mode int32, data, dataLen uint32) int32

//go:wasmimport guild_v1 stage_remove
func hostStageRemove(path, pathLen uint32) int32

//go:wasmimport guild_v1 flag_set
func hostFlagSet(name, nameLen, json, jsonLen uint32) int32

//go:wasmimport guild_v1 env_set
func hostEnvSet(name, nameLen, value, valueLen uint32) int32

//go:wasmimport guild_v1 attr_set
func hostAttrSet(name, nameLen, json, jsonLen uint32) int32

//go:wasmimport guild_v1 plan_set
func hostPlanSet(json, jsonLen uint32) int32

//go:wasmimport guild_v1 state_get
func hostStateGet(scope int32, key, keyLen, buf, capacity, version uint32) int32

//go:wasmimport guild_v1 state_put
func hostStatePut(scope int32, key, keyLen, value, valueLen uint32, expected int64) int64

//go:wasmimport guild_v1 state_append
func hostStateAppend(scope int32, key, keyLen, record, recordLen uint32) int64

//go:wasmimport guild_v1 answer
func hostAnswer(json, jsonLen uint32) int32

//go:wasmimport guild_v1 lock_request
func hostLockRequest() int32

//go:wasmimport guild_v1 emit
func hostEmit(topic, topicLen, json, jsonLen uint32) int32
