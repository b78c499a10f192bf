package knowledge
import ("testing";"os";"github.com/goccy/go-yaml")
func BenchmarkY(b *testing.B){ d,_:=os.ReadFile("/tmp/kbench/names.yaml"); for b.Loop(){ var m map[string]map[string]string; if err:=yaml.UnmarshalWithOptions(d,&m,yaml.Strict());err!=nil{b.Fatal(err)}}}
