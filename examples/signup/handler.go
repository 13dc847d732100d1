package main

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"time"
)

const (
	field   = "email" // of the form, and of the JSON object
	maxBody = 4 << 10 // octets; an address has 254 at most
)

// newHandler returns the handler of POST /address.
func newHandler(v *validator, log *slog.Logger) http.Handler {
	mux := http.NewServeMux() // It answers other methods with 405.
	mux.HandleFunc("POST /address", func(w http.ResponseWriter, r *http.Request) {
		text, status := readAddress(w, r)
		if status != http.StatusOK {
			http.Error(w, http.StatusText(status), status)
			return
		}
		start := time.Now()
		got := v.check(r.Context(), text)
		// Never the address, nor its domain, which may be a person's own.
		log.InfoContext(r.Context(), "address", "decision", got.Decision, "reason", got.reason, "ms", time.Since(start).Milliseconds())
		reply(w, got)
	})
	return mux
}

// reply tells the form. That an address has an account here is known to nobody, and so
// is in no answer, and in no answer's time.
func reply(w http.ResponseWriter, got verdict) {
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	if got.Decision == reject {
		w.WriteHeader(http.StatusUnprocessableEntity)
	}
	_ = json.NewEncoder(w).Encode(got) // Who has gone away misses nothing.
}

// readAddress returns the address in the body, and StatusOK. What stands in the URL does
// not count: URLs are logged everywhere.
func readAddress(w http.ResponseWriter, r *http.Request) (text string, status int) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case err != nil:
		return "", http.StatusUnsupportedMediaType
	case kind == "application/json":
		text, err = readJSON(r.Body)
	case kind == "application/x-www-form-urlencoded":
		text, err = readForm(r)
	default:
		return "", http.StatusUnsupportedMediaType
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return "", http.StatusRequestEntityTooLarge
	}
	if err != nil {
		return "", http.StatusBadRequest
	}
	return text, http.StatusOK
}

var errBody = errors.New("not one address")

func readForm(r *http.Request) (string, error) {
	if err := r.ParseForm(); err != nil {
		return "", err
	}
	values := r.PostForm[field]
	if len(values) != 1 {
		return "", errBody
	}
	return values[0], nil
}

func readJSON(body io.Reader) (string, error) {
	var object struct {
		Email *string `json:"email"`
	}
	dec := json.NewDecoder(body)
	if err := dec.Decode(&object); err != nil {
		return "", err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return "", errors.Join(errBody, err)
	}
	if object.Email == nil {
		return "", errBody
	}
	return *object.Email, nil
}
