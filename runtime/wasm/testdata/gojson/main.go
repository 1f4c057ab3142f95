// A guest as hooks written in Go are: with encoding/json, fmt and garbage collection.
package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

type item struct {
	ID    int               `json:"id"`
	Name  string            `json:"name"`
	Tags  []string          `json:"tags"`
	Score float64           `json:"score"`
	Attrs map[string]string `json:"attrs"`
}

var doc = func() []byte {
	var items []item
	for i := range 8 {
		items = append(items, item{i, fmt.Sprintf("item number %d", i), []string{"alpha", "beta", "gamma"}, float64(i) * 1.25, map[string]string{"lr": "0.1", "epochs": "10"}})
	}
	b, _ := json.Marshal(items)
	return b
}()

//go:wasmexport unmarshal
func unmarshal(n int32) int32 {
	total := 0
	for range n {
		var items []item
		if err := json.Unmarshal(doc, &items); err != nil {
			panic(err)
		}
		total += len(items)
	}
	return int32(total)
}

//go:wasmexport format
func format(n int32) int32 {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d %v %s;", i, float64(i)*0.1, "abc")
	}
	return int32(b.Len())
}

//go:wasmexport sorted
func sorted(n int32) int32 {
	x := make([]uint32, n)
	s := uint32(1)
	for i := range x {
		s = s*1664525 + 1013904223
		x[i] = s >> 8
	}
	slices.Sort(x)
	return int32(x[0])
}

//go:wasmexport sum
func sum(n int32) int32 {
	b := make([]byte, 4096)
	t := int32(0)
	for range n {
		for i, c := range b {
			t += int32(c) + int32(i)
		}
	}
	return t
}

//go:wasmexport fib
func fib(n int32) int32 {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

func main() {}
