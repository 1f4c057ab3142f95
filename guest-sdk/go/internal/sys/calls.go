//go:build wasip1 || tinygo.wasm

package sys

import "unsafe"

func text(s string) (unsafe.Pointer, uint32) {
	return unsafe.Pointer(unsafe.StringData(s)), uint32(len(s))
}

func data(b []byte) (unsafe.Pointer, uint32) {
	return unsafe.Pointer(unsafe.SliceData(b)), uint32(len(b))
}

func Log(level int32, message string) {
	p, n := text(message)
	hostLog(level, p, n)
}

func PanicMessage(message string) {
	p, n := text(message)
	hostPanicMessage(p, n)
}

func ErrorMessage(buf []byte) int32 {
	b, c := data(buf)
	return hostErrorMessage(b, c)
}

func Now() int64 { return hostNow() }

func Random(buf []byte) int32 {
	b, n := data(buf)
	return hostRandom(b, n)
}

func ParamGet(path string, buf []byte) int32 {
	p, n := text(path)
	b, c := data(buf)
	return hostParamGet(p, n, b, c)
}

func EventGet(path string, buf []byte) int32 {
	p, n := text(path)
	b, c := data(buf)
	return hostEventGet(p, n, b, c)
}

func Deny(reason string) int32 {
	p, n := text(reason)
	return hostDeny(p, n)
}

func Stop(reason string) int32 {
	p, n := text(reason)
	return hostStop(p, n)
}

func StageList(glob string, buf []byte) int32 {
	p, n := text(glob)
	b, c := data(buf)
	return hostStageList(p, n, b, c)
}

func StageStat(path string, out []byte) int32 {
	p, n := text(path)
	return hostStageStat(p, n, unsafe.Pointer(unsafe.SliceData(out)))
}

func StageRead(path string, offset int64, buf []byte) int32 {
	p, n := text(path)
	b, c := data(buf)
	return hostStageRead(p, n, offset, b, c)
}

func StageWrite(path string, mode int32, content []byte) int32 {
	p, n := text(path)
	b, c := data(content)
	return hostStageWrite(p, n, mode, b, c)
}

func StageRemove(path string) int32 {
	p, n := text(path)
	return hostStageRemove(p, n)
}

func FlagSet(name, json string) int32 {
	p, n := text(name)
	j, m := text(json)
	return hostFlagSet(p, n, j, m)
}

func EnvSet(name, value string) int32 {
	p, n := text(name)
	v, m := text(value)
	return hostEnvSet(p, n, v, m)
}

func AttrSet(name, json string) int32 {
	p, n := text(name)
	j, m := text(json)
	return hostAttrSet(p, n, j, m)
}

func PlanSet(json string) int32 {
	j, m := text(json)
	return hostPlanSet(j, m)
}

func StateGet(scope int32, key string, buf []byte, version *int64) int32 {
	p, n := text(key)
	b, c := data(buf)
	return hostStateGet(scope, p, n, b, c, unsafe.Pointer(version))
}

func StatePut(scope int32, key string, value []byte, expected int64) int64 {
	p, n := text(key)
	v, m := data(value)
	return hostStatePut(scope, p, n, v, m, expected)
}

func StateAppend(scope int32, key string, record []byte) int64 {
	p, n := text(key)
	r, m := data(record)
	return hostStateAppend(scope, p, n, r, m)
}

func Answer(json string) int32 {
	j, m := text(json)
	return hostAnswer(j, m)
}

func LockRequest() int32 { return hostLockRequest() }

func Emit(topic, json string) int32 {
	p, n := text(topic)
	j, m := text(json)
	return hostEmit(p, n, j, m)
}
