// Package runner drives one run through its lifecycle: it resolves what the user asked for into a Plan, lets hooks
// decide, populates the run directory, starts the process, and leaves a final record whatever happened.
//
// It decides the order of things. How a run is stored, a file staged, a process signalled, a hook executed or a
// run locked is left to the packages of those names, and what a person sees is left to the caller's Reporter.
package runner
