package proc

// Members lets tests count what is alive of a group.
var Members = members
