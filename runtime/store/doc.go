// Package store keeps runs on disk: one directory a run, in the layout that Guild AI reads and writes.
//
// It decides where things lie, how they are written (absent or complete, whatever kills the writer), what a run's
// status is, which process a run belongs to, who may act on it (claims), and what is newest. The directories are the
// truth: people edit exit_status, LOCK or PENDING by hand and see it at once. Beside them stands one index, a cache that
// may be deleted at any time, is repaired where it is found stale, and is never the reason for a wrong answer, because
// what it finds is checked against the run itself.
//
// It leaves to others what a run's files mean to the person (cmd/guild), what is copied into a run (runtime/stage), when a
// run satisfies --needed (runtime/needed), and proving that a run has not changed (runtime/lock).
package store
