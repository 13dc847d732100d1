package resolver

import "sync"

// Default returns the Resolver that is used where none is given: the servers of
// /etc/resolv.conf, behind a Cache. It is one and the same for the whole process.
func Default() Resolver { return defaultResolver() }

var defaultResolver = sync.OnceValue(func() Resolver {
	return &Cache{Next: &Client{}}
})
