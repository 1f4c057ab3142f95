// Package project reads guild.toml: which operations a project has, which flags they take, and which hooks
// watch over them. It decides what the file means, down to the line and column of every slip: an unknown key
// is an error that names the nearest known one, because a policy that is switched off by a typing error is worse
// than no policy.
//
// It also owns the small languages that the file contains: flag values and their types, conditions (`when`), and
// templates (`${name}`).
//
// It leaves to others: reading hook modules (runtime/engine), finding flags in a script (hooks), copying source
// (runtime/stage), compiling output patterns (runtime/proc), and running anything.
package project
