package proc_test

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/guild-run/guild/runtime/proc"
)

// event is a decoded Event message with one value at most.
type event struct {
	wall    float64
	step    int64
	version string
	tag     string
	value   float32
}

// readEvents reads the event files of dir, without the first event of each, by means of its own: a bitwise
// checksum and a decoder that knows wire types and nothing of how the messages were made.
func readEvents(t testing.TB, dir string) []event {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "events.out.tfevents.*"))
	if err != nil {
		t.Fatal(err)
	}
	sort.Strings(names)
	var all []event
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var events []event
		for len(data) > 0 {
			size := binary.LittleEndian.Uint64(data)
			checkSum(t, data[:8], data[8:])
			record := data[12 : 12+size]
			checkSum(t, record, data[12+size:])
			data = data[16+size:]
			events = append(events, decodeEvent(t, record))
		}
		if len(events) == 0 || events[0].version != "brain.Event:2" {
			t.Fatalf("%s does not begin with a version", name)
		}
		all = append(all, events[1:]...)
	}
	return all
}

func checkSum(t testing.TB, data, sum []byte) {
	t.Helper()
	crc := ^uint32(0)
	for _, b := range data {
		crc ^= uint32(b)
		for range 8 {
			low := crc & 1
			crc >>= 1
			if low == 1 {
				crc ^= 0x82f63b78
			}
		}
	}
	crc = ^crc
	masked := uint32((uint64(crc>>15|crc<<17) + 2726488792) % (1 << 32))
	if got := binary.LittleEndian.Uint32(sum); got != masked {
		t.Fatalf("got checksum %x, want %x", got, masked)
	}
}

// fields decodes one message: for each field number its last value, as uint64 or bytes.
func fields(t testing.TB, b []byte) (numbers map[int]uint64, texts map[int][]byte) {
	t.Helper()
	numbers, texts = map[int]uint64{}, map[int][]byte{}
	for len(b) > 0 {
		key, n := binary.Uvarint(b)
		b = b[n:]
		field := int(key >> 3)
		switch key & 7 {
		case 0:
			v, n := binary.Uvarint(b)
			numbers[field], b = v, b[n:]
		case 1:
			numbers[field], b = binary.LittleEndian.Uint64(b), b[8:]
		case 2:
			size, n := binary.Uvarint(b)
			texts[field], b = b[n:n+int(size)], b[n+int(size):]
		case 5:
			numbers[field], b = uint64(binary.LittleEndian.Uint32(b)), b[4:]
		default:
			t.Fatalf("field %d has wire type %d", field, key&7)
		}
	}
	return numbers, texts
}

func decodeEvent(t testing.TB, b []byte) event {
	t.Helper()
	numbers, texts := fields(t, b)
	e := event{wall: math.Float64frombits(numbers[1]), step: int64(numbers[2]), version: string(texts[3])}
	if summary, ok := texts[5]; ok {
		_, values := fields(t, summary)
		valueNumbers, valueTexts := fields(t, values[1])
		e.tag, e.value = string(valueTexts[1]), math.Float32frombits(uint32(valueNumbers[2]))
	}
	return e
}

func TestEventFile(t *testing.T) {
	dir := t.TempDir()
	before := time.Now()
	s := proc.NewScalars(proc.DefaultScalarRules())
	s.WriteEvents(dir)
	s.Line([]byte("no scalar"))
	s.Line([]byte("step: 3"))
	if names, _ := os.ReadDir(dir); len(names) > 0 {
		t.Fatalf("got %v before the first scalar", names)
	}
	s.Line([]byte("loss: 0.1"))
	s.Line([]byte("step: -2"))
	s.Line([]byte("acc: 1e300"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s.Line([]byte("loss: 9"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	names, _ := filepath.Glob(dir + "/*")
	host, _ := os.Hostname()
	form := `^events\.out\.tfevents\.\d{10}\.` + regexp.QuoteMeta(host) + `\.` + itoa(os.Getpid()) + `\.0$`
	if len(names) != 1 || !regexp.MustCompile(form).MatchString(filepath.Base(names[0])) {
		t.Errorf("got files %q, want one as %s", names, form)
	}
	got := readEvents(t, dir)
	if len(got) != 2 || got[0].tag != "loss" || got[0].value != 0.1 || got[0].step != 3 || got[1].tag != "acc" ||
		!math.IsInf(float64(got[1].value), 1) || got[1].step != -2 {
		t.Errorf("got %+v", got)
	}
	for _, e := range got {
		if e.wall < float64(before.UnixMicro())/1e6 || e.wall > float64(time.Now().UnixMicro()+1)/1e6 {
			t.Errorf("got time %f", e.wall)
		}
	}
}

// TestEventsInTime reads the file while the process runs.
func TestEventsInTime(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := proc.NewScalars(proc.DefaultScalarRules())
	s.WriteEvents(dir)
	s.Line([]byte("loss: 1"))
	size := func() (n int64) {
		names, _ := filepath.Glob(dir + "/*")
		info, err := os.Stat(names[0])
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	eventually(t, "the first scalar is in the file", func() bool { return size() > 0 })
	first := size()
	s.Line([]byte("loss: 2"))
	eventually(t, "the second scalar is in the file", func() bool { return size() > first })
	if got := readEvents(t, dir); len(got) != 2 {
		t.Errorf("got %+v", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestEventFiles begins a second file in the same second, as a restart may.
func TestEventFiles(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		s := proc.NewScalars(proc.DefaultScalarRules())
		s.WriteEvents(dir)
		s.Line([]byte("loss: 1"))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if got := readEvents(t, dir); len(got) != 2 {
		t.Errorf("got %+v", got)
	}
}

func TestEventErrors(t *testing.T) {
	s := proc.NewScalars(proc.DefaultScalarRules())
	s.WriteEvents(filepath.Join(t.TempDir(), "no"))
	if !s.Line([]byte("loss: 1")) || !s.Line([]byte("loss: 2")) || s.Summary()["loss"].Count != 2 {
		t.Errorf("got %+v", s.Summary())
	}
	err := s.Close()
	if err == nil || !strings.HasPrefix(err.Error(), "write scalars: open ") || !strings.HasSuffix(err.Error(), ": no such file or directory") {
		t.Errorf("got %v", err)
	}
}
