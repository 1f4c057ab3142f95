package guild

import (
	"errors"
	"strconv"
	"strings"

	"github.com/guild-run/guild/guest-sdk/go/internal/sys"
)

// Field is one value of the event or of the hook's parameters, which may be absent. Absent is not null: null is a value, which is
// not a number, text or bool.
//
// The getters return false when the value is absent, and an error that names it when it is of another type.
type Field struct {
	name   string
	json   string
	exists bool
	err    error
}

// Event returns the value at a dotted path of the event document: Event("run.scalars.loss.last"). The empty path is the whole.
func Event(path string) Field {
	return field("event "+path, func(buf []byte) int32 { return sys.EventGet(path, buf) })
}

// Run returns a field of the run: Run("op").
func Run(name string) Field { return Event("run." + name) }

// Flag returns a flag of the run, by its name as the user types it.
func Flag(name string) Field {
	path := name
	if strings.Contains(name, ".") {
		path = `"` + name + `"` // one segment of the path
	}
	return field("flag "+name, func(buf []byte) int32 { return sys.EventGet("run.flags."+path, buf) })
}

// Flags returns all flags of the run, in order of their names.
func Flags() ([]Member, error) {
	f := Event("run.flags")
	if f.err != nil || !f.exists {
		return nil, f.err
	}
	return Members(f.json)
}

// Param returns a parameter of the hook, from its table in guild.toml.
func Param(path string) Field {
	return field("parameter "+path, func(buf []byte) int32 { return sys.ParamGet(path, buf) })
}

func field(name string, get func(buf []byte) int32) Field {
	json, err := pull(get)
	switch {
	case err == nil:
		return Field{name: name, json: string(json), exists: true}
	case isNotFound(err):
		return Field{name: name}
	default:
		var errno Errno
		errors.As(err, &errno)
		return Field{name: name, err: failed(int32(errno), name, "")}
	}
}

// JSON returns the value as JSON text.
func (f Field) JSON() (text string, ok bool, err error) { return f.json, f.exists, f.err }

// Exists reports whether there is a value, be it null.
func (f Field) Exists() bool { return f.exists }

// IsNull reports whether there is a value and it is null.
func (f Field) IsNull() bool { return f.exists && f.json == "null" }

// String returns text.
func (f Field) String() (value string, ok bool, err error) {
	if !f.exists {
		return "", false, f.err
	}
	value, err = Unquote(f.json)
	if err != nil {
		return "", false, f.mismatch("text")
	}
	return value, true, nil
}

// Int returns an integer of 64 bits. A float without a fraction is not one.
func (f Field) Int() (value int64, ok bool, err error) {
	if !f.exists {
		return 0, false, f.err
	}
	value, err = strconv.ParseInt(f.json, 10, 64)
	if err != nil {
		return 0, false, f.mismatch("an integer")
	}
	return value, true, nil
}

// Float returns a number, integer or not.
func (f Field) Float() (value float64, ok bool, err error) {
	if !f.exists {
		return 0, false, f.err
	}
	value, err = strconv.ParseFloat(f.json, 64)
	if err != nil {
		return 0, false, f.mismatch("a number")
	}
	return value, true, nil
}

// Bool returns a bool.
func (f Field) Bool() (value bool, ok bool, err error) {
	switch {
	case !f.exists:
		return false, false, f.err
	case f.json == "true", f.json == "false":
		return f.json == "true", true, nil
	}
	return false, false, f.mismatch("a bool")
}

// StringOr returns text, or def when absent.
func (f Field) StringOr(def string) (string, error) { return or(def)(f.String()) }

// IntOr returns an integer, or def when absent.
func (f Field) IntOr(def int64) (int64, error) { return or(def)(f.Int()) }

// FloatOr returns a number, or def when absent.
func (f Field) FloatOr(def float64) (float64, error) { return or(def)(f.Float()) }

// BoolOr returns a bool, or def when absent.
func (f Field) BoolOr(def bool) (bool, error) { return or(def)(f.Bool()) }

func or[T any](def T) func(T, bool, error) (T, error) {
	return func(value T, ok bool, err error) (T, error) {
		if !ok {
			return def, err
		}
		return value, nil
	}
}

func (f Field) mismatch(want string) error {
	return errors.New(f.name + " is " + f.json + ", not " + want)
}
