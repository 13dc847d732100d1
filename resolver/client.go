package resolver

import (
	"context"
	"errors"
	"time"
)

// Client asks DNS servers.
type Client struct {
	Servers []string
	Timeout time.Duration
	Trace   *Trace
}

// Lookup asks the servers.
func (c *Client) Lookup(_ context.Context, q Question) (Answer, error) {
	return Fail(&Error{Question: q, Status: Failed, Err: errors.ErrUnsupported})
}
