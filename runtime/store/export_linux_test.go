package store

// AtLeast compares kernel releases.
var AtLeast = atLeast
