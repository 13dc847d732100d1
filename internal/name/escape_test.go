package name_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/internal/name"
)

// TestEscapeEachOctetAnywhere: what an octet is replaced by depends on the octet alone,
// neither on where it stands nor on its neighbours.
func TestEscapeEachOctetAnywhere(t *testing.T) {
	for c := range 256 {
		single := name.Escape(string([]byte{byte(c)}))
		plain := ' ' <= c && c <= '~' && c != '\\'
		require.Equal(t, plain, single == string([]byte{byte(c)}), "octet %#x", c)
		for _, other := range []byte{' ', 'x', '~', 0, 0x7f, 0x80, 0xff, '\\'} {
			beside := name.Escape(string([]byte{other}))
			for before := range 10 {
				text := strings.Repeat(string([]byte{other}), before) + string([]byte{byte(c)}) + strings.Repeat(string([]byte{other}), 9-before)
				want := strings.Repeat(beside, before) + single + strings.Repeat(beside, 9-before)
				require.Equal(t, want, name.Escape(text), "octet %#x behind %d of %#x", c, before, other)
			}
		}
	}
}
