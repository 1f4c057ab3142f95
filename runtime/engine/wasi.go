package engine

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/guild-run/guild/abi"
	"github.com/tetratelabs/wazero/api"
)

// Error numbers of WASI preview 1 that the stub answers with.
const (
	wasiOK    uint32 = 0
	wasiBadF  uint32 = 8
	wasiFault uint32 = 21
	wasiInval uint32 = 28
	wasiPipe  uint32 = 70
)

// wasiFunction is one function of the closed stub. It gets the arguments as wazero gives them and returns an error number.
type wasiFunction func(ev *event, mem []byte, stack []uint64) uint32

// wasiFunctions is the host side of SPEC.md section 7. Signatures are in abi.WASIFunctions. They work during
// initialisation too: that is what they are for.
var wasiFunctions = map[string]wasiFunction{
	"args_get":            func(*event, []byte, []uint64) uint32 { return wasiOK },
	"args_sizes_get":      wasiNothing,
	"environ_get":         func(*event, []byte, []uint64) uint32 { return wasiOK },
	"environ_sizes_get":   wasiNothing,
	"clock_time_get":      wasiClock,
	"clock_res_get":       wasiResolution,
	"random_get":          wasiRandom,
	"fd_write":            wasiWrite,
	"fd_read":             wasiRead,
	"fd_seek":             wasiSeek,
	"fd_close":            wasiStandard,
	"fd_fdstat_get":       wasiStat,
	"fd_fdstat_set_flags": wasiStandard,
	"fd_prestat_get":      func(*event, []byte, []uint64) uint32 { return wasiBadF },
	"fd_prestat_dir_name": func(*event, []byte, []uint64) uint32 { return wasiBadF },
	"sched_yield":         func(*event, []byte, []uint64) uint32 { return wasiOK },
	"poll_oneoff":         wasiPoll,
	"proc_exit":           func(_ *event, _ []byte, s []uint64) uint32 { panic(exited(uint32(s[0]))) },
}

// exited ends the guest: it called proc_exit.
type exited uint32

func (e exited) Error() string { return fmt.Sprintf("exited with status %d", uint32(e)) }

func (f wasiFunction) bind(h *Hook, decl abi.Function) api.GoModuleFunc {
	return func(_ context.Context, _ api.Module, stack []uint64) {
		h.event.spend(priceCall)
		errno := f(&h.event, h.memory.buf, stack)
		if len(decl.Results) > 0 {
			stack[0] = uint64(errno)
		}
	}
}

func wasiNothing(_ *event, mem []byte, s []uint64) uint32 {
	if !put32(mem, uint32(s[0]), 0) || !put32(mem, uint32(s[1]), 0) {
		return wasiFault
	}
	return wasiOK
}

const wasiClocks = 4 // realtime, monotonic, process, thread: all stand still

func wasiClock(ev *event, mem []byte, s []uint64) uint32 {
	if uint32(s[0]) >= wasiClocks {
		return wasiInval
	}
	if !put64(mem, uint32(s[2]), uint64(ev.now())) {
		return wasiFault
	}
	return wasiOK
}

func wasiResolution(_ *event, mem []byte, s []uint64) uint32 {
	if uint32(s[0]) >= wasiClocks {
		return wasiInval
	}
	if !put64(mem, uint32(s[1]), 1) {
		return wasiFault
	}
	return wasiOK
}

func wasiRandom(ev *event, mem []byte, s []uint64) uint32 {
	p, ok := view(mem, uint32(s[0]), uint32(s[1]))
	if !ok {
		return wasiFault
	}
	for len(p) > 0 {
		n := min(len(p), abi.MaxRandom)
		ev.spend(priceRandom * n)
		ev.fill(p[:n])
		p = p[n:]
	}
	return wasiOK
}

// wasiWrite takes what goes to standard output and error to the log.
func wasiWrite(ev *event, mem []byte, s []uint64) uint32 {
	if fd := uint32(s[0]); fd != 1 && fd != 2 {
		return wasiBadF
	}
	// The list is checked before anything is written, so that a bad pointer writes nothing.
	total, errno := eachVector(mem, uint32(s[1]), uint32(s[2]), ev, nil)
	if errno != wasiOK {
		return errno
	}
	if !put32(mem, uint32(s[3]), total) {
		return wasiFault
	}
	eachVector(mem, uint32(s[1]), uint32(s[2]), ev, ev.output)
	return wasiOK
}

// output logs a piece, bit by bit: a line is as much work as a call.
func (ev *event) output(p []byte) {
	const bit = 64 << 10
	for len(p) > 0 {
		lines := ev.logs.write(p[:min(len(p), bit)])
		ev.hook.budget.charge(uint64(lines) * priceCall)
		p = p[min(len(p), bit):]
	}
}

// eachVector calls do with each piece of a list of n pointers and lengths at p, and returns the sum of the lengths.
func eachVector(mem []byte, p, n uint32, ev *event, do func([]byte)) (uint32, uint32) {
	list, ok := vector(mem, p, n, 8)
	if !ok {
		return 0, wasiFault
	}
	total := uint64(0)
	for ; len(list) > 0; list = list[8:] {
		piece, ok := view(mem, binary.LittleEndian.Uint32(list), binary.LittleEndian.Uint32(list[4:]))
		if !ok {
			return 0, wasiFault
		}
		if total += uint64(len(piece)); total > 1<<31-1 {
			return 0, wasiInval
		}
		if do != nil {
			ev.spend(len(piece) / bytesPerUnit)
			do(piece)
		}
		ev.spend(priceItem)
	}
	return uint32(total), wasiOK
}

// vector is view for n items of a size, whose product may be over 32 bits.
func vector(mem []byte, p, n, size uint32) ([]byte, bool) {
	if uint64(n)*uint64(size) > uint64(len(mem)) {
		return nil, false
	}
	return view(mem, p, n*size)
}

func put32(mem []byte, p, v uint32) bool {
	at, ok := view(mem, p, 4)
	if ok {
		binary.LittleEndian.PutUint32(at, v)
	}
	return ok
}

func put64(mem []byte, p uint32, v uint64) bool {
	at, ok := view(mem, p, 8)
	if ok {
		binary.LittleEndian.PutUint64(at, v)
	}
	return ok
}

// wasiRead: standard input is empty.
func wasiRead(_ *event, mem []byte, s []uint64) uint32 {
	if uint32(s[0]) != 0 {
		return wasiBadF
	}
	if !put32(mem, uint32(s[3]), 0) {
		return wasiFault
	}
	return wasiOK
}

func wasiSeek(_ *event, _ []byte, s []uint64) uint32 {
	if uint32(s[0]) <= 2 {
		return wasiPipe
	}
	return wasiBadF
}

func wasiStandard(_ *event, _ []byte, s []uint64) uint32 {
	if uint32(s[0]) <= 2 {
		return wasiOK
	}
	return wasiBadF
}

// wasiStat answers that 0 to 2 are character devices: reading for 0, writing for 1 and 2.
func wasiStat(_ *event, mem []byte, s []uint64) uint32 {
	const characterDevice, rightRead, rightWrite = 2, 1 << 1, 1 << 6
	fd := uint32(s[0])
	if fd > 2 {
		return wasiBadF
	}
	out, ok := view(mem, uint32(s[1]), 24)
	if !ok {
		return wasiFault
	}
	clear(out)
	out[0] = characterDevice
	out[8] = rightWrite
	if fd == 0 {
		out[8] = rightRead
	}
	return wasiOK
}

// wasiPoll lets each subscription fire at once: there is nothing to wait for where the clock stands still.
func wasiPoll(ev *event, mem []byte, s []uint64) uint32 {
	const subscription, fired = 48, 32
	n := uint32(s[2])
	if n == 0 {
		return wasiInval
	}
	in, ok := vector(mem, uint32(s[0]), n, subscription)
	if !ok {
		return wasiFault
	}
	out, ok := vector(mem, uint32(s[1]), n, fired)
	if !ok {
		return wasiFault
	}
	if !put32(mem, uint32(s[3]), n) {
		return wasiFault
	}
	// in and out may overlap if the guest says so: then it gets what it asked for.
	for i := range int(n) {
		from, to := in[i*subscription:][:subscription], out[i*fired:][:fired]
		var user [8]byte
		copy(user[:], from)
		kind := from[8]
		clear(to)
		copy(to, user[:])
		to[10] = kind // the kind of event follows the 16-bit error number
		ev.spend(priceItem)
	}
	return wasiOK
}
