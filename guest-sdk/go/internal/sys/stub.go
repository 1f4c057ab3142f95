//go:build !wasip1 && !tinygo.wasm

// Package sys has the host functions. Off WebAssembly they are those of the Host in use, so that handlers can be tested where
// they are written.
package sys

// Host is what handlers are tested on. The results are those of the ABI.
type Host interface {
	Log(level int32, message string)
	PanicMessage(message string)
	ErrorMessage(buf []byte) int32
	Now() int64
	Random(buf []byte) int32
	ParamGet(path string, buf []byte) int32
	EventGet(path string, buf []byte) int32
	Deny(reason string) int32
	Stop(reason string) int32
	StageList(glob string, buf []byte) int32
	StageStat(path string, out []byte) int32
	StageRead(path string, offset int64, buf []byte) int32
	StageWrite(path string, mode int32, content []byte) int32
	StageRemove(path string) int32
	FlagSet(name, json string) int32
	EnvSet(name, value string) int32
	AttrSet(name, json string) int32
	PlanSet(json string) int32
	StateGet(scope int32, key string, buf []byte, version *int64) int32
	StatePut(scope int32, key string, value []byte, expected int64) int64
	StateAppend(scope int32, key string, record []byte) int64
	Answer(json string) int32
	LockRequest() int32
	Emit(topic, json string) int32
}

// Current is the host in use; hooktest sets it for the time of a call.
var Current Host

func host() Host {
	if Current == nil {
		panic("guild: there is no host; call handlers through hooktest")
	}
	return Current
}

func Log(level int32, message string)                    { host().Log(level, message) }
func PanicMessage(message string)                        { host().PanicMessage(message) }
func ErrorMessage(buf []byte) int32                      { return host().ErrorMessage(buf) }
func Now() int64                                         { return host().Now() }
func Random(buf []byte) int32                            { return host().Random(buf) }
func ParamGet(path string, buf []byte) int32             { return host().ParamGet(path, buf) }
func EventGet(path string, buf []byte) int32             { return host().EventGet(path, buf) }
func Deny(reason string) int32                           { return host().Deny(reason) }
func Stop(reason string) int32                           { return host().Stop(reason) }
func StageList(glob string, buf []byte) int32            { return host().StageList(glob, buf) }
func StageStat(path string, out []byte) int32            { return host().StageStat(path, out) }
func StageRead(path string, off int64, buf []byte) int32 { return host().StageRead(path, off, buf) }
func StageWrite(path string, mode int32, content []byte) int32 {
	return host().StageWrite(path, mode, content)
}
func StageRemove(path string) int32   { return host().StageRemove(path) }
func FlagSet(name, json string) int32 { return host().FlagSet(name, json) }
func EnvSet(name, value string) int32 { return host().EnvSet(name, value) }
func AttrSet(name, json string) int32 { return host().AttrSet(name, json) }
func PlanSet(json string) int32       { return host().PlanSet(json) }
func StateGet(scope int32, key string, buf []byte, version *int64) int32 {
	return host().StateGet(scope, key, buf, version)
}
func StatePut(scope int32, key string, value []byte, expected int64) int64 {
	return host().StatePut(scope, key, value, expected)
}
func StateAppend(scope int32, key string, record []byte) int64 {
	return host().StateAppend(scope, key, record)
}
func Answer(json string) int32      { return host().Answer(json) }
func LockRequest() int32            { return host().LockRequest() }
func Emit(topic, json string) int32 { return host().Emit(topic, json) }
