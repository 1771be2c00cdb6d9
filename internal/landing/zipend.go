package landing

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
)

const (
	zipEndLen       = 22 // end of central directory without its comment
	zip64EndLen     = 56 // zip64 end of central directory
	zip64LocatorLen = 20 // zip64 end locator, between the two
	// zip64Extra bounds the extensible data that may follow in the zip64 record; writers that use it need some bytes.
	zip64Extra = 64 << 10
	// zipEndBytes is where all three are to be found: at the end, before a comment of at most 65,535 bytes.
	zipEndBytes = zipEndLen + zip64LocatorLen + zip64EndLen + zip64Extra + math.MaxUint16
)

// zipEnd is what the end of a zip says of its central directory.
type zipEnd struct {
	members, offset, bytes uint64
}

var errNoZipEnd = errors.New("it has no end-of-archive record, so it is cut short or no zip")

// findZipEnd reads the end record of a zip of size bytes from its last bytes. The directory must end right where the
// end record begins: nothing else shows that no byte is missing.
func findZipEnd(tail []byte, size int64) (zipEnd, error) {
	for i := len(tail) - zipEndLen; i >= 0; i-- {
		r := tail[i:]
		if !bytes.HasPrefix(r, []byte("PK\x05\x06")) || zipEndLen+int(binary.LittleEndian.Uint16(r[20:])) != len(r) {
			continue
		}
		end := zipEnd{members: uint64(binary.LittleEndian.Uint16(r[10:])), bytes: uint64(binary.LittleEndian.Uint32(r[12:])),
			offset: uint64(binary.LittleEndian.Uint32(r[16:]))}
		at := uint64(size) - uint64(len(r))
		wide, from, err := findZip64End(tail[:i], at)
		switch {
		case err != nil:
			return zipEnd{}, err
		case wide != nil:
			end, at = *wide, from
		}
		if end.bytes > at || end.offset != at-end.bytes {
			return zipEnd{}, errors.New("its directory is not where its end record says, so bytes are missing or were added")
		}
		return end, nil
	}
	return zipEnd{}, errNoZipEnd
}

var errZip64 = errors.New("its zip64 end record is not where its locator says, so bytes are missing or were added")

// findZip64End reads the zip64 record that stands before the end record of a large archive, which begins at; nil where
// there is none. The record begins where its locator says and reaches up to it, with whatever its writer added.
func findZip64End(before []byte, at uint64) (end *zipEnd, from uint64, err error) {
	if len(before) < zip64LocatorLen+zip64EndLen {
		return nil, 0, nil
	}
	locator := before[len(before)-zip64LocatorLen:]
	if !bytes.HasPrefix(locator, []byte("PK\x06\x07")) {
		return nil, 0, nil
	}
	from = binary.LittleEndian.Uint64(locator[8:])
	records, begin := before[:len(before)-zip64LocatorLen], at-uint64(len(before))
	if from < begin || from-begin > uint64(len(records)-zip64EndLen) {
		return nil, 0, errZip64
	}
	r := records[from-begin:]
	if !bytes.HasPrefix(r, []byte("PK\x06\x06")) || binary.LittleEndian.Uint64(r[4:]) != uint64(len(r)-12) { // its size leaves out signature and itself
		return nil, 0, errZip64
	}
	return &zipEnd{members: binary.LittleEndian.Uint64(r[32:]), bytes: binary.LittleEndian.Uint64(r[40:]),
		offset: binary.LittleEndian.Uint64(r[48:])}, from, nil
}
