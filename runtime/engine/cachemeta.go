package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"runtime"

	"github.com/guild-run/guild/runtime/wasm"
	"golang.org/x/sys/cpu"
)

// maker is what an entry depends on besides the module: the program that made it, because another one may meter or compile in
// another way, and the processor, because wazero uses what it has and machines may share a home.
func maker() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	return fmt.Sprint(runtime.GOOS, runtime.GOARCH, info.Size(), info.ModTime().UnixNano(), cpu.X86, cpu.ARM64), nil
}

// meteredHeader is the first line of the file "metered". The module follows.
type meteredHeader struct {
	Globals    []string `json:"globals"`
	Restorable bool     `json:"restorable"`
}

func encodeMetered(m *wasm.Metered) []byte {
	header, err := json.Marshal(meteredHeader{Globals: m.Globals, Restorable: m.Restorable})
	if err != nil {
		return nil
	}
	return append(append(header, '\n'), m.Bytes...)
}

// decodeMetered returns nil for anything but what encodeMetered wrote.
func decodeMetered(text []byte) *wasm.Metered {
	line, module, ok := bytes.Cut(text, []byte{'\n'})
	var header meteredHeader
	if !ok || json.Unmarshal(line, &header) != nil {
		return nil
	}
	// What else there is to a metered module depends on the configuration only: an empty one has it too.
	m, err := wasm.Meter([]byte("\x00asm\x01\x00\x00\x00"), wasm.MeterConfig{})
	if err != nil {
		return nil
	}
	m.Bytes, m.Globals, m.Restorable = module, header.Globals, header.Restorable
	return m
}
