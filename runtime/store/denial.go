package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
)

// Denial is why a run was refused.
type Denial struct {
	Hook   string `json:"hook"`
	Event  string `json:"event"`
	Reason string `json:"reason"`
}

const maxDenial = 64 << 10

// Denied reads .guild/DENIED; nil if the run was not denied. An empty file, made by hand, is a denial without reason.
func (r *Run) Denied() (*Denial, error) {
	text, err := readSmall(r.Path(deniedFile), maxDenial)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	d := new(Denial)
	if err == nil && len(bytes.TrimSpace(text)) > 0 {
		err = json.Unmarshal(text, d)
	}
	if err != nil {
		return nil, fmt.Errorf("run %s: malformed %s: %w", r.ID, deniedFile, err)
	}
	return d, nil
}

// SetDenied writes .guild/DENIED.
func (r *Run) SetDenied(d Denial) error {
	text, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("run %s: %w", r.ID, err)
	}
	return r.write(r.Path(deniedFile), append(text, '\n'))
}

// ClearDenied removes .guild/DENIED; it need not be there.
func (r *Run) ClearDenied() error { return r.remove(r.Path(deniedFile)) }
