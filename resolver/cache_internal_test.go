package resolver

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCacheCollision puts names with the same hash into one shard: each must keep
// its own answer. That cannot be provoked from outside.
func TestCacheCollision(t *testing.T) {
	const h = 42
	sh := newStore(&Cache{}).shard(h)
	names := []string{"a.example", "b.example", "c.example"}
	for i, name := range names {
		for _, typ := range []Type{TypeTXT, TypeMX} {
			a := Answer{Status: Success, TTL: uint32(60 + i), TXT: []Text{{name, typ.String()}}}
			sh.put(h, Question{name, typ}, newEntry(name, &a, 1000), 0)
		}
	}
	sh.forget(h, "b.example", nil)
	for _, name := range names {
		for _, typ := range []Type{TypeTXT, TypeMX} {
			e := sh.find(h, Question{name, typ}, 0)
			if name == "b.example" {
				require.Nil(t, e)
				continue
			}
			require.NotNil(t, e)
			require.Equal(t, []Text{{name, typ.String()}}, e.txt)
		}
	}
}
