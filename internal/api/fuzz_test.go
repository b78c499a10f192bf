package api_test

import (
	"bytes"
	"net/http"
	"testing"
)

// FuzzMultipart posts any bytes as a form with a document: the answer is a
// success or a clear problem, never a failure of ours.
func FuzzMultipart(f *testing.F) {
	const boundary = "limit"
	for _, seed := range []string{
		"--limit\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.4\r\n--limit--\r\n",
		"--limit\r\nContent-Disposition: form-data; name=\"file\"; filename*=UTF-8''%EC%86%8C.pdf\r\n\r\n%PDF-1.7 x\r\n--limit--",
		"--limit\r\n\r\n--limit--", "--limit--", "", "--limit\r\nContent-Disposition: form-data; name=file\r\n\r\n",
		"--limit\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../../x\x00.exe\"\r\n\r\nMZ\r\n--limit--\r\n",
	} {
		f.Add([]byte(seed))
	}
	d := open(f, nil)
	f.Fuzz(func(t *testing.T, form []byte) {
		response, err := http.Post(d.url+"/api/v1/attachments", "multipart/form-data; boundary="+boundary, bytes.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if s := response.StatusCode; s != http.StatusCreated && s/100 != 4 {
			t.Fatalf("%d for %q", s, form)
		}
	})
}
