package main

import (
	_ "embed"
	"io"
	"strings"
	"time"

	"github.com/mailworthy/mailworthy/resolver"
)

// The embedded log is of a bad morning: an account was taken over, a new host has no
// name, and a shop moved. The zone is what DNS says of it.
var (
	//go:embed story.log
	storyLog string
	//go:embed story.zone
	storyZone string
)

// tell makes the story what is read.
func tell() ([]source, resolver.Resolver) {
	log := source{
		name: "the embedded log", ref: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC),
		open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(storyLog)), nil },
	}
	return []source{log}, resolver.MustZone(storyZone)
}
