package lock

import "context"

// What the tests need of the inside.
var (
	Decode       = decode
	EncodeIntent = encodeIntent
	DecodeIntent = decodeIntent
	ParseField   = parseField
)

func AppendField(s string) []byte { return appendField(nil, s) }

func (l *Lock) Seal()                       { l.seal() }
func (l *Lock) Encode() (sums, meta []byte) { return l.encode() }
func Examine(dir string) ([]Entry, error) {
	t, err := openTree(dir)
	if err != nil {
		return nil, err
	}
	defer t.close()
	entries, _, err := t.examine(context.Background())
	return entries, err
}
