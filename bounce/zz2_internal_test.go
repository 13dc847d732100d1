package bounce
import "strings"
func splitE(p string) []string { var o []string; for _,s:=range strings.Split(p,"…"){o=append(o,strings.TrimSpace(s))}; return o}
func trimBars(s string) string { s,_=strings.CutPrefix(s,"|"); s,_=strings.CutSuffix(s,"|"); return s}
