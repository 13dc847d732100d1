package resolver

import "sync"

// Default returns the Resolver that is used where none is given: the servers of
// /etc/resolv.conf, behind a Cache. It is one and the same for the whole process.
// Where there is no such file, as on Windows, it asks a server on the same host:
// use a Client with Servers there.
func Default() Resolver { return defaultResolver() }

var defaultResolver = sync.OnceValue(func() Resolver {
	return &Cache{Next: &Client{}}
})
