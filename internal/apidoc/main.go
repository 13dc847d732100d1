// Apidoc writes docs/api.txt, all that the packages export, and docs/dependencies.txt,
// the modules that each of them brings along. A change of either so shows in review. It
// runs in the directory of the module:
//
//	go generate .
package main

import (
	"fmt"
	"os"
)

func main() {
	if err := write("."); err != nil {
		fmt.Fprintln(os.Stderr, "apidoc:", err)
		os.Exit(1)
	}
}

// write brings the listings of the module in a directory up to date.
func write(module string) error {
	all, err := listings(module)
	if err != nil {
		return err
	}
	for file, text := range all {
		if err := os.WriteFile(module+"/docs/"+file, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// listings returns the listings by the name of their file.
func listings(module string) (map[string][]byte, error) {
	packages, err := load(module)
	if err != nil {
		return nil, err
	}
	exported, err := api(packages)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{"api.txt": exported, "dependencies.txt": dependencies(packages)}, nil
}
