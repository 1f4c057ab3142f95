// Package wasm does the static work on a hook's module: it reads and checks the bytes before any engine
// sees them, and rewrites them so that running them is bounded.
//
// Parse reads a module in one pass. It refuses what is malformed, what is over a limit (Limits), and what uses a
// feature beyond the allowed set (MVP with bulk memory, multi-value, sign extension, saturating conversions and
// reference types). It checks structure and every index, but not the types of operands: the engine does that
// when it compiles.
//
// Meter returns a copy of the module that counts fuel down in a global as it runs, counts the depth of calls, and calls
// the imported function YieldModule.YieldFunc when either is used up:
//
//	m, err := wasm.Parse(b, wasm.DefaultLimits())
//	…                                             // the caller checks imports, exports, sections
//	out, err := wasm.Meter(b, wasm.MeterConfig{}) // or m.Meter(cfg), which does not parse again
//	…                                             // compile out.Bytes, with a host function for the yield
//
// Outline reads all but the code, for who only asks what a module imports and exports.
//
// The host keeps a Tank for each call: it sets the global FuelGlobal to Tank.Start before the call, answers each
// yield with Tank.Yield (set the global to the word that it returns, or panic with the error) and reads what was used with
// Tank.Used. Fuel is the same on each run of the same module with the same inputs, in each engine. After a trap it can lack up
// to two slices (YieldEvery). The other mutable
// globals are exported too (Metered.Globals), so that a host can restore an instance exactly, if Metered.Restorable.
//
// What the package leaves to others: which imports and exports are allowed, what a hook's sections mean, budgets,
// deadlines, and running anything.
package wasm
