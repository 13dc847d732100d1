// Findingsdoc writes docs/findings.md, the table of all finding codes. It runs in
// the directory of the module:
//
//	go generate .
package main

import (
	"fmt"
	"os"
)

func main() {
	table, err := generate(os.DirFS("."))
	if err == nil {
		err = os.WriteFile("docs/findings.md", table, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "findingsdoc:", err)
		os.Exit(1)
	}
}
