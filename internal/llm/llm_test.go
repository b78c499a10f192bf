package llm_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"naru/internal/llm"
)

// endpoint is a stand-in for a model on this machine.
func endpoint(t *testing.T, serve http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A server notices that a client left only when it has read the request.
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		serve(w, r)
	}))
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return s.URL + "/v1"
}

func client(t *testing.T, url string, change func(*llm.Options)) *llm.Client {
	t.Helper()
	o := llm.Options{URL: url, Key: "s3cret", Model: "small", Timeout: 5 * time.Second, Failures: 1000}
	if change != nil {
		change(&o)
	}
	c, err := llm.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// completion is an answer with the content.
func completion(content string) string {
	b, err := json.Marshal(map[string]any{"choices": []any{map[string]any{"finish_reason": "stop", "message": map[string]string{"role": "assistant", "content": content}}}})
	if err != nil {
		panic(err)
	}
	return string(b)
}

func answer(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = io.WriteString(w, body)
}

// complete asks one question.
func complete(ctx context.Context, c *llm.Client) (json.RawMessage, error) {
	return c.Complete(ctx, "task", "question", json.RawMessage(`{"type":"object"}`))
}

func TestAsksAsDocumented(t *testing.T) {
	t.Parallel()
	url := endpoint(t, func(w http.ResponseWriter, r *http.Request) {
		var got struct {
			Model       string
			Temperature float64
			Stream      bool
			Messages    []struct{ Role, Content string }
			Format      struct {
				Type   string
				Schema struct {
					Name   string
					Strict bool
					Schema json.RawMessage
				} `json:"json_schema"`
			} `json:"response_format"`
		}
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
		if r.Method != http.MethodPost || r.URL.Path != "/v1/chat/completions" || r.Header.Get("Authorization") != "Bearer s3cret" {
			t.Errorf("%s %s %q", r.Method, r.URL.Path, r.Header.Get("Authorization"))
		}
		if got.Model != "small" || got.Stream || got.Temperature != 0 || len(got.Messages) != 2 || got.Messages[0].Content != "task" || got.Messages[1].Content != "question" ||
			got.Format.Type != "json_schema" || !got.Format.Schema.Strict || string(got.Format.Schema.Schema) != `{"type":"object"}` {
			t.Errorf("%+v", got)
		}
		answer(w, completion(` {"relation":"none"} `))
	})
	object, err := complete(t.Context(), client(t, url, nil))
	if err != nil || string(object) != `{"relation":"none"}` {
		t.Errorf("%s, %v", object, err)
	}
}

func TestMisbehaviourIsAnErrorAndNothingElse(t *testing.T) {
	t.Parallel()
	flood := strings.Repeat("x", 200<<10)
	for name, row := range map[string]struct {
		serve http.HandlerFunc
		want  error
	}{
		"status 500": {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "boom", http.StatusInternalServerError) }, llm.ErrUnavailable},
		"status 429": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) }, llm.ErrUnavailable},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, llm.ErrUnavailable},
		"hangs up": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, llm.ErrUnavailable},
		"breaks off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "500")
			answer(w, completion("{}")[:20])
		}, llm.ErrUnavailable},
		"a page": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<html>")
		}, llm.ErrNonsense},
		"garbage":          {func(w http.ResponseWriter, _ *http.Request) { answer(w, "\x00\xff}{") }, llm.ErrNonsense},
		"nothing":          {func(w http.ResponseWriter, _ *http.Request) { answer(w, "") }, llm.ErrNonsense},
		"no choices":       {func(w http.ResponseWriter, _ *http.Request) { answer(w, `{"choices":[]}`) }, llm.ErrNonsense},
		"prose":            {func(w http.ResponseWriter, _ *http.Request) { answer(w, completion("The survival rate is 99 %.")) }, llm.ErrNonsense},
		"truncated object": {func(w http.ResponseWriter, _ *http.Request) { answer(w, completion(`{"relation":"surv`)) }, llm.ErrNonsense},
		"null":             {func(w http.ResponseWriter, _ *http.Request) { answer(w, completion("null")) }, llm.ErrNonsense},
		"array":            {func(w http.ResponseWriter, _ *http.Request) { answer(w, completion("[]")) }, llm.ErrNonsense},
		"two objects":      {func(w http.ResponseWriter, _ *http.Request) { answer(w, completion("{}{}")) }, llm.ErrNonsense},
		"huge body":        {func(w http.ResponseWriter, _ *http.Request) { answer(w, completion(`{"a":"`+flood+`"}`)) }, llm.ErrNonsense},
		"huge object":      {func(w http.ResponseWriter, _ *http.Request) { answer(w, completion(`{"a":"`+flood[:20<<10]+`"}`)) }, llm.ErrNonsense},
		"cut by the model": {func(w http.ResponseWriter, _ *http.Request) {
			answer(w, strings.Replace(completion("{}"), `"stop"`, `"length"`, 1))
		}, llm.ErrNonsense},
		"wrong shape": {func(w http.ResponseWriter, _ *http.Request) { answer(w, `{"choices":"many"}`) }, llm.ErrNonsense},
		"stream, asked not": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.WriteString(w, "data: {}\n\n")
		}, llm.ErrNonsense},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			object, err := complete(t.Context(), client(t, endpoint(t, row.serve), nil))
			if object != nil || !errors.Is(err, row.want) {
				t.Errorf("%s, %v; want %v", object, err, row.want)
			}
			if strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "question") || strings.Contains(err.Error(), "127.0.0.1") {
				t.Errorf("the error tells too much: %v", err)
			}
		})
	}
}

func TestSlownessIsBounded(t *testing.T) {
	t.Parallel()
	forever := func(write func(w http.ResponseWriter)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			write(w)
			<-r.Context().Done()
		}
	}
	for name, serve := range map[string]http.HandlerFunc{
		"says nothing": forever(func(http.ResponseWriter) {}),
		"stops midway": forever(func(w http.ResponseWriter) { answer(w, `{"choices":[`); _ = http.NewResponseController(w).Flush() }),
		"never ends": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			for err := error(nil); err == nil; {
				_, err = io.WriteString(w, " ")
				_ = http.NewResponseController(w).Flush()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := client(t, endpoint(t, serve), func(o *llm.Options) { o.Timeout = 100 * time.Millisecond })
			start := time.Now()
			_, err := complete(t.Context(), c)
			if took := time.Since(start); err == nil || took > 3*time.Second {
				t.Errorf("%v after %v", err, took)
			}
		})
	}
}

func TestAbsentEndpoint(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := complete(t.Context(), client(t, url, nil)); !errors.Is(err, llm.ErrUnavailable) {
		t.Errorf("%v", err)
	}
}

func TestBreakerOpensAndCloses(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	var well atomic.Bool
	url := endpoint(t, func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		if !well.Load() {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		answer(w, completion("{}"))
	})
	const pause = 50 * time.Millisecond
	c := client(t, url, func(o *llm.Options) { o.Failures, o.Pause = 2, pause })
	for range 10 {
		if _, err := complete(t.Context(), c); !errors.Is(err, llm.ErrUnavailable) {
			t.Fatal(err)
		}
	}
	if n := calls.Load(); n < 2 || n > 4 {
		t.Errorf("%d calls reached an endpoint that was down", n)
	}
	well.Store(true)
	deadline := time.Now().Add(5 * time.Second)
	for {
		if _, err := complete(t.Context(), c); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the breaker does not close again")
		}
	}
}

// Callers that leave do not make the model look broken.
func TestLeavingIsNoFailure(t *testing.T) {
	t.Parallel()
	entered := make(chan struct{}, 10)
	var well atomic.Bool
	url := endpoint(t, func(w http.ResponseWriter, r *http.Request) {
		if well.Load() {
			answer(w, completion("{}"))
			return
		}
		entered <- struct{}{}
		<-r.Context().Done()
	})
	c := client(t, url, func(o *llm.Options) { o.Failures, o.Pause = 1, time.Hour })
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-entered; cancel() }()
	if _, err := complete(ctx, c); err == nil {
		t.Fatal("no error")
	}
	well.Store(true)
	if _, err := complete(t.Context(), c); err != nil {
		t.Errorf("after a caller left: %v", err)
	}
}

func TestFewCallsAtOnce(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan struct{}), make(chan struct{})
	url := endpoint(t, func(w http.ResponseWriter, _ *http.Request) {
		entered <- struct{}{}
		<-leave
		answer(w, completion("{}"))
	})
	c := client(t, url, func(o *llm.Options) { o.Concurrent = 1 })
	first := make(chan error, 1)
	go func() { _, err := complete(context.Background(), c); first <- err }()
	<-entered
	if _, err := complete(t.Context(), c); !errors.Is(err, llm.ErrUnavailable) {
		t.Errorf("second call: %v", err)
	}
	close(leave)
	if err := <-first; err != nil {
		t.Errorf("first call: %v", err)
	}
}

func TestNewChecksItsOptions(t *testing.T) {
	t.Parallel()
	for _, o := range []llm.Options{{}, {URL: "http://x"}, {Model: "m"}, {URL: "ftp://x", Model: "m"}, {URL: "http://", Model: "m"}} {
		if _, err := llm.New(o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
}
