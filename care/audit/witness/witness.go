// Package witness has outside parties cosign the trail's checkpoints, so that
// nobody, not even whoever runs the database and holds the log's key, can show
// two histories to people who trust one of them
// (https://c2sp.org/tlog-witness).
package witness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"example.org/icr/care/audit/merkle"
	"golang.org/x/mod/sumdb/tlog"
)

// Witness is an outside party.
type Witness struct {
	URL string // that /add-checkpoint is below
	Key *merkle.Verifier
}

// Log is a log with checkpoints. *store.Sequencer is one.
type Log interface {
	Latest(ctx context.Context) (merkle.Checkpoint, []byte, error)
	Consistency(ctx context.Context, from, to int64) (tlog.TreeProof, error)
	LastCosigned(ctx context.Context, witness string) (int64, error)
	Cosigned(ctx context.Context, size int64, witness, line string) error
}

// Cosign asks for a cosignature of the last checkpoint, unless there is one.
// The witness may know another size than is noted here: it is asked again from
// that.
func (w Witness) Cosign(ctx context.Context, log Log) error {
	last, signed, err := log.Latest(ctx)
	if err != nil || last.Size == 0 {
		return err
	}
	from, err := log.LastCosigned(ctx, w.Key.Name())
	if err != nil || from == last.Size {
		return err
	}
	for range 2 {
		proof, err := log.Consistency(ctx, from, last.Size)
		if err != nil {
			return err
		}
		line, knows, err := w.ask(ctx, merkle.AddCheckpoint{Old: from, Proof: proof, Note: signed})
		switch {
		case err == nil:
			return log.Cosigned(ctx, last.Size, w.Key.Name(), line)
		case !errors.Is(err, errOtherSize):
			return err
		case knows > last.Size:
			return fmt.Errorf("it has cosigned %d entries of this log, which has only %d: the log was set back", knows, last.Size)
		}
		from = knows
	}
	return errOtherSize
}

var errOtherSize = errors.New("the witness knows another size of the log")

var client = &http.Client{
	Timeout:       10 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// ask sends a checkpoint to the witness and returns its cosignature as a line
// of a note, or, with errOtherSize, the size that it knows.
func (w Witness) ask(ctx context.Context, a merkle.AddCheckpoint) (line string, knows int64, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL+"/add-checkpoint", bytes.NewReader(a.Marshal()))
	if err != nil {
		return "", 0, err
	}
	res, err := client.Do(req)
	if err != nil {
		return "", 0, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	switch {
	case err != nil:
		return "", 0, err
	case res.StatusCode == http.StatusConflict:
		if _, err := fmt.Sscanf(string(answer), "%d\n", &knows); err != nil || knows == a.Old {
			return "", 0, errors.New("the witness knows another log of this name and size")
		}
		return "", knows, errOtherSize
	case res.StatusCode != http.StatusOK:
		return "", 0, fmt.Errorf("the witness answered %s", res.Status)
	}
	line, err = w.Key.Line(a.Note, string(answer))
	return line, 0, err
}
