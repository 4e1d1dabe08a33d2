package partner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
)

var causes = []struct {
	err   error
	words string
}{
	{ErrNotHeld, "it does not know the patient"},
	{ErrRefused, "it refuses this service (401 or 403)"},
	{ErrWrongPatient, "it answered about somebody else"},
	{ErrNoCapability, "it sends no CapabilityStatement of a FHIR server"},
	{ErrUnreadable, "its answer cannot be read"},
	{ErrNotSupported, "it does not supply this (404)"},
	{ErrTokenRefused, "its token service refuses this service"},
	{ErrNoToken, "its token service gave no token"},
	{ErrNotAllowed, "its name leads to an address that must not be connected to"},
	{context.DeadlineExceeded, "no answer in time"},
	{context.Canceled, "the question was given up"},
	{errPanicked, "its answer made this service fail"},
	{syscall.ECONNREFUSED, "nothing listens at its address"},
	{syscall.ECONNRESET, "it broke the connection off"},
	{io.ErrUnexpectedEOF, "it broke the connection off"},
	{io.EOF, "it closed the connection without an answer"},
}

// Cause says why a question failed, for logs and operators. It never holds
// anything that a partner or a user wrote, which may be about a patient: what a
// partner says of its certificate is the only exception.
func Cause(err error) string {
	if errors.Is(err, ErrInsecure) {
		return err.Error()
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		if dns.IsNotFound {
			return "its name is not known to the name service"
		}
		return "the name service does not answer"
	}
	for _, c := range causes {
		if errors.Is(err, c.err) {
			return c.words
		}
	}
	if status, ok := errors.AsType[*StatusError](err); ok {
		return fmt.Sprintf("it answers with status %d", status.Status)
	}
	if busy, ok := errors.AsType[*BusyError](err); ok {
		return busy.Error()
	}
	if notAsked, ok := errors.AsType[*notAskedError](err); ok {
		return notAsked.why
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return "no connection in time"
	}
	return "no answer that could be used"
}
