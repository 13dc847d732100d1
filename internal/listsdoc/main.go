// Listsdoc writes docs/blocklists.md, the table of the block lists that package dnsbl
// knows. It runs in the directory of that package:
//
//	go generate ./dnsbl
package main

import (
	"fmt"
	"os"
)

func main() {
	if err := os.WriteFile("../docs/blocklists.md", generate(), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "listsdoc:", err)
		os.Exit(1)
	}
}
