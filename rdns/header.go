package rdns

// AuthenticationResults returns r as one result of an Authentication-Results header
// field (RFC 8601 section 2.7.3), such as
//
//	iprev=pass policy.iprev=192.0.2.10
//
// Put the authserv-id before it, and "; " between it and those of other checks. It is ""
// for a Result without a Status.
func (r Result) AuthenticationResults() string {
	if r.Status == "" {
		return ""
	}
	ip := r.IP.WithZone("").String()
	if r.IP.Is6() {
		ip = `"` + ip + `"` // A colon can stand in a quoted-string only (RFC 2045 section 5.1).
	}
	return "iprev=" + string(r.Status) + " policy.iprev=" + ip
}
