package demo

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// servers are those that run inside the demonstration's own process. Parts that
// start at the same time add to them.
type servers struct {
	mu      sync.Mutex
	all     []*http.Server
	serving sync.WaitGroup
}

// serve answers at a port of loopback.
func (s *servers) serve(port int, h http.Handler) error {
	l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
	if err != nil {
		return err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	s.mu.Lock()
	s.all = append(s.all, server)
	s.mu.Unlock()
	s.serving.Go(func() { server.Serve(l) }) // ends with stop
	return nil
}

// stop gives requests under way a moment, then ends them.
func (s *servers) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	var errs []error
	for _, server := range s.all {
		err := server.Shutdown(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			err = server.Close()
		}
		errs = append(errs, err)
	}
	s.serving.Wait() // one that had only begun closes its port itself
	return errors.Join(errs...)
}
