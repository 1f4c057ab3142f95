// Package trials decides which trials a batch has: it reads what was typed for flags, the trials of guild.toml and batch
// files, and makes the list. It decides on values and their order alone. Which flags an operation has and which values fit
// them, how trials are run and where they are kept, is for others. The same input makes the same list on every machine.
package trials
