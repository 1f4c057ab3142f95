//go:build wasip1

// Command json is a hook of the Go toolchain that decodes a document of 1.2 KB in each event.
package main

import (
	_ "embed"
	"encoding/json"
)

//go:embed trial.json
var document []byte

func main() {}

//go:wasmexport on_run_begin
func onRunBegin() int32 {
	var v struct {
		ID      string
		Op      string
		Status  string
		Flags   map[string]any
		Scalars map[string]struct {
			Last, Min, Max float64
			Count, Step    int
		}
		Tags   []string
		Trials []struct {
			ID     string
			Status string
			Loss   float64
		}
	}
	if err := json.Unmarshal(document, &v); err != nil || len(v.Trials) != 8 {
		return 1
	}
	return 0
}
