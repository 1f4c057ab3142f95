//go:build wasip1 || tinygo.wasm

// Package sys has the host functions, as they are imported, with Go's strings and slices in place of pointers.
//
// A module imports only the functions it calls: the linker drops the rest, so a hook asks for no capability that it does
// not use. That is why each of them has a function of its own here, and why there is no table of them.
package sys

import "unsafe"

//go:wasmimport guild_v1 log
func hostLog(level int32, message unsafe.Pointer, messageLen uint32) int32

//go:wasmimport guild_v1 panic_message
func hostPanicMessage(message unsafe.Pointer, messageLen uint32) int32

//go:wasmimport guild_v1 error_message
func hostErrorMessage(buf unsafe.Pointer, capacity uint32) int32

//go:wasmimport guild_v1 now
func hostNow() int64

//go:wasmimport guild_v1 random
func hostRandom(buf unsafe.Pointer, bufLen uint32) int32

//go:wasmimport guild_v1 param_get
func hostParamGet(path unsafe.Pointer, pathLen uint32, buf unsafe.Pointer, capacity uint32) int32

//go:wasmimport guild_v1 event_get
func hostEventGet(path unsafe.Pointer, pathLen uint32, buf unsafe.Pointer, capacity uint32) int32

//go:wasmimport guild_v1 deny
func hostDeny(reason unsafe.Pointer, reasonLen uint32) int32

//go:wasmimport guild_v1 stop
func hostStop(reason unsafe.Pointer, reasonLen uint32) int32

//go:wasmimport guild_v1 stage_list
func hostStageList(glob unsafe.Pointer, globLen uint32, buf unsafe.Pointer, capacity uint32) int32

//go:wasmimport guild_v1 stage_stat
func hostStageStat(path unsafe.Pointer, pathLen uint32, out unsafe.Pointer) int32

//go:wasmimport guild_v1 stage_read
func hostStageRead(path unsafe.Pointer, pathLen uint32, offset int64, buf unsafe.Pointer, capacity uint32) int32

//go:wasmimport guild_v1 stage_write
func hostStageWrite(path unsafe.Pointer, pathLen uint32, mode int32, data unsafe.Pointer, dataLen uint32) int32

//go:wasmimport guild_v1 stage_remove
func hostStageRemove(path unsafe.Pointer, pathLen uint32) int32

//go:wasmimport guild_v1 flag_set
func hostFlagSet(name unsafe.Pointer, nameLen uint32, json unsafe.Pointer, jsonLen uint32) int32

//go:wasmimport guild_v1 env_set
func hostEnvSet(name unsafe.Pointer, nameLen uint32, value unsafe.Pointer, valueLen uint32) int32

//go:wasmimport guild_v1 attr_set
func hostAttrSet(name unsafe.Pointer, nameLen uint32, json unsafe.Pointer, jsonLen uint32) int32

//go:wasmimport guild_v1 plan_set
func hostPlanSet(json unsafe.Pointer, jsonLen uint32) int32

//go:wasmimport guild_v1 state_get
func hostStateGet(scope int32, key unsafe.Pointer, keyLen uint32, buf unsafe.Pointer, capacity uint32, version unsafe.Pointer) int32

//go:wasmimport guild_v1 state_put
func hostStatePut(scope int32, key unsafe.Pointer, keyLen uint32, value unsafe.Pointer, valueLen uint32, expected int64) int64

//go:wasmimport guild_v1 state_append
func hostStateAppend(scope int32, key unsafe.Pointer, keyLen uint32, record unsafe.Pointer, recordLen uint32) int64

//go:wasmimport guild_v1 answer
func hostAnswer(json unsafe.Pointer, jsonLen uint32) int32

//go:wasmimport guild_v1 lock_request
func hostLockRequest() int32

//go:wasmimport guild_v1 emit
func hostEmit(topic unsafe.Pointer, topicLen uint32, json unsafe.Pointer, jsonLen uint32) int32
