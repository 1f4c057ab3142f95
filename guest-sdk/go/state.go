package guild

import "github.com/guild-run/guild/guest-sdk/go/internal/sys"

// State is what a hook keeps from one event to the next: memory does not last.

// Get returns a value and its version. Without a value the version is VersionAbsent.
func (s Scope) Get(key string) (value []byte, version int64, err error) {
	value, err = pull(func(buf []byte) int32 { return sys.StateGet(int32(s), key, buf, &version) })
	switch {
	case isNotFound(err):
		return nil, VersionAbsent, nil
	case err != nil:
		return nil, VersionAbsent, explain(err, "state", key)
	}
	return value, version, nil
}

// Put sets a value whose version is expected, or VersionAny or VersionAbsent, and returns the new version;
// errors.Is(err, Conflict) when another version is there.
func (s Scope) Put(key string, value []byte, expected int64) (version int64, err error) {
	return stored(sys.StatePut(int32(s), key, value, expected), key)
}

// Append adds a record and a line feed to a value, making it if absent, and returns its new version.
func (s Scope) Append(key string, record []byte) (version int64, err error) {
	return stored(sys.StateAppend(int32(s), key, record), key)
}

func stored(result int64, key string) (int64, error) {
	if result < 0 {
		return 0, failed(int32(max(result, -1<<31)), "state", key)
	}
	return result, nil
}
