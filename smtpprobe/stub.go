package smtpprobe

import "context"

// Verb x
type Verb string

// Pacer x
type Pacer struct{}

// ProbeHost x
func (p Prober) ProbeHost(ctx context.Context, hosts ...Host) (Report, error) { return Report{}, nil }
