// Package stage is the staging area of a run: the directory into which source code is copied, which hooks may look at and
// edit, and in which the operation's process is then started.
//
// It decides which files are source code (Select), copies them and digests what it copied (Copy), lets one hook at a time
// read and change staged files as a transaction (Stage, Tx), remembers what a file was before the first change (Restore),
// and writes flags into config files (WriteConfig).
//
// Every access is bound to one os.Root. Below it, links are followed only for reading, only to places inside the root, and
// never into a .guild directory; a directory or a file that is opened is compared with what its name stands for, so that
// swapping one for a link at the last moment gains nothing. The renames of a commit follow such a check at once but are not
// one with it: a process that swaps a directory in that moment can have a file land elsewhere below the root, where it
// could have put it itself, and never outside.
//
// Left to others: when a hook may do what (runtime/runner), how it is called (runtime/engine), the other files of
// .guild (runtime/store), and digests of a finished run (runtime/lock).
package stage
