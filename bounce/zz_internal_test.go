package bounce
import ("testing";"fmt";"sort")
func TestZZ(t *testing.T){
 x:=theIndex()
 lens:=map[int]int{}
 nl:=0; w:=0
 for _,l:=range x.lits { lens[int(l.length)]++; if l.left {nl++}; if l.word {w++} }
 var k []int; for a:=range lens {k=append(k,a)}; sort.Ints(k)
 for _,a:=range k {fmt.Print(a,":",lens[a]," ")}
 fmt.Println("left",nl,"word",w,"of",len(x.lits),"uses",len(x.uses))
 seen:=map[string]bool{}; p4:=map[string]bool{}; p3:=map[string]bool{};first:=map[byte]int{}
 for _,r:=range allRules(){ for _,ps:=range [][]string{r.any,r.and,r.not}{ for _,p:=range ps { for _,part:=range splitE(p) {
  if seen[part]{continue}; seen[part]=true
  f:=string(fold(nil,trimBars(part),"",nil))
  if len(f)<4 {fmt.Printf("%q ",part)}
  first[f[0]]++
  p4[f[:min(4,len(f))]]=true; p3[f[:min(3,len(f))]]=true
 }}}}
 fmt.Println(len(p4),len(p3))
 for c,n:=range first { if !wordByte(c)&&c<0x80 {fmt.Printf("%q:%d ",c,n)}}
 fmt.Println()
}
