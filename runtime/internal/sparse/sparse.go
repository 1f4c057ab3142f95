// Package sparse copies files so that holes stay holes.
package sparse

// maxStep bounds what is copied between two steps, in bytes.
const maxStep = 64 << 20
