package proc

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"time"
)

// The protocol buffer messages, as far as scalars need them: field number << 3 | wire type.
const (
	eventWallTime = 1<<3 | 1 // double, seconds since 1970
	eventStep     = 2 << 3   // varint
	eventVersion  = 3<<3 | 2 // text
	eventSummary  = 5<<3 | 2 // Summary
	summaryValue  = 1<<3 | 2 // Value, repeated
	valueTag      = 1<<3 | 2 // text
	valueSimple   = 2<<3 | 5 // float
)

// versionEvent is the first event of a file.
func versionEvent(t time.Time) []byte {
	return appendText(appendWallTime(nil, t), eventVersion, []byte("brain.Event:2"))
}

func scalarEvent(t time.Time, step int64, tag string, value float64) []byte {
	v := appendText(make([]byte, 0, len(tag)+16), valueTag, []byte(tag))
	v = append(v, valueSimple)
	v = binary.LittleEndian.AppendUint32(v, math.Float32bits(float32(value)))

	b := appendWallTime(make([]byte, 0, len(tag)+64), t)
	if step != 0 {
		b = binary.AppendUvarint(append(b, eventStep), uint64(step))
	}
	summary := appendText(nil, summaryValue, v)
	return appendText(b, eventSummary, summary)
}

func appendWallTime(b []byte, t time.Time) []byte {
	return binary.LittleEndian.AppendUint64(append(b, eventWallTime), math.Float64bits(float64(t.UnixMicro())/1e6))
}

func appendText(b []byte, tag byte, text []byte) []byte {
	return append(binary.AppendUvarint(append(b, tag), uint64(len(text))), text...)
}

// appendRecord frames data as a TFRecord: its length, the checksum of that, data, its checksum.
func appendRecord(b, data []byte) []byte {
	start := len(b)
	b = binary.LittleEndian.AppendUint64(b, uint64(len(data)))
	b = binary.LittleEndian.AppendUint32(b, maskedCRC(b[start:]))
	b = append(b, data...)
	return binary.LittleEndian.AppendUint32(b, maskedCRC(data))
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// maskedCRC is CRC-32C, rotated and shifted: data that has such checksums in it can be summed in its turn.
func maskedCRC(b []byte) uint32 {
	crc := crc32.Checksum(b, castagnoli)
	return (crc>>15 | crc<<17) + 0xa282ead8
}
