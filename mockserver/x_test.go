package mockserver_test
import ("testing";"os/exec";"net/url";"weighbridge/mockserver";"os";"net/http";"net/http/httptest";"io";"time")
func TestTmpBare(t *testing.T){
 s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request){ io.Copy(io.Discard,r.Body); time.Sleep(20*ms); w.Write([]byte("hello"))}))
 s.EnableHTTP2=true; s.StartTLS(); defer s.Close()
 spec(t,s.URL)
}
func TestTmpSpec(t *testing.T){
 c := free(); c.Auth.OAuth.Latency = constant(20*ms)
 info := listen(t, mockserver.Instance{Name:"a",Config:c})
 spec(t, info.Arms[0].URL)
}
func spec(t *testing.T, s string){
 u,_ := url.Parse(s)
 c := exec.Command("/tmp/h2spec","-t","-k","-o","2","-h","127.0.0.1","-p",u.Port(),"-P",os.Getenv("P"),"-j","/tmp/hs/junit.xml")
 out,err := c.CombinedOutput(); t.Logf("%s %v",out,err)
}
