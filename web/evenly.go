package web

import (
	"time"

	"github.com/labstack/echo/v4"
)

// beganKey is where it is noted when a request began.
const beganKey = "began"

// evenly waits until the request is as old as an answer is at least that tells
// nothing about a patient. Whether there is one, who objects and whom nobody
// knows then take the same time.
func (s *Server) evenly(c echo.Context) {
	began, ok := c.Get(beganKey).(time.Time)
	if !ok || s.Refusal <= 0 {
		return
	}
	rest := time.NewTimer(began.Add(s.Refusal).Sub(s.Now()))
	defer rest.Stop()
	select {
	case <-rest.C:
	case <-c.Request().Context().Done():
	}
}
