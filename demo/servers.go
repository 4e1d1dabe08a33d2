package demo

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"
)

// servers are those that run inside the demonstration's own process.
type servers []*http.Server

// serve answers at a port of loopback.
func (s *servers) serve(port int, h http.Handler) error {
	l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
	if err != nil {
		return err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	*s = append(*s, server)
	go server.Serve(l) // ends with stop
	return nil
}

// stop gives requests under way a moment, then ends them.
func (s servers) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	var errs []error
	for _, server := range s {
		err := server.Shutdown(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			err = server.Close()
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
