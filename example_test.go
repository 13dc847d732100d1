package mailworthy_test

import (
	"encoding/json"
	"fmt"

	"github.com/mailworthy/mailworthy"
)

func ExampleFindings() {
	found := mailworthy.Findings{
		{Code: "spf.too-many-voids", Severity: mailworthy.Warning, Message: "Two included names do not exist."},
		{Code: "spf.multiple-records", Severity: mailworthy.Error, Message: "There are two SPF records."},
	}
	fmt.Println(found.Worst(), found.Has("spf.multiple-records"))

	// A program has an opinion of its own about what is bad.
	for i := range found {
		if found[i].Code == "spf.multiple-records" {
			found[i].Severity = mailworthy.Info
		}
	}
	fmt.Println(found.Worst())
	// Output:
	// error true
	// warning
}

func ExampleFinding() {
	b, err := json.Marshal(mailworthy.Finding{
		Code: "spf.multiple-records", Severity: mailworthy.Error, Subject: "example.org",
		Message: "There are two SPF records.", Remedy: "Merge them into one.", Ref: "RFC 7208 section 4.5",
	})
	fmt.Println(string(b), err)
	// Output: {"code":"spf.multiple-records","severity":"error","subject":"example.org","message":"There are two SPF records.","remedy":"Merge them into one.","ref":"RFC 7208 section 4.5"} <nil>
}

func ExampleSeverity() {
	var s mailworthy.Severity
	err := s.UnmarshalText([]byte("warning"))
	fmt.Println(s, s >= mailworthy.Info, err)
	// Output: warning true <nil>
}
