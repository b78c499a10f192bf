// Package llm asks a language model, behind any endpoint that speaks the chat
// completions of OpenAI, for one small JSON object. It knows nothing of what
// is asked, and believes nothing of what comes back beyond its form: what the
// object means is the caller's to check.
//
// The model is a convenience that must not cost anybody anything when it is
// away: every call has one short deadline, answers are read up to a limit, few
// calls run at once, and after some failures in a row none is made for a
// while. Nothing is tried twice. All failures are errors that wrap one of
// those below; their texts hold nothing of what was sent or received, nor the
// key.
//
// A Client is safe for concurrent use.
package llm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sony/gobreaker/v2"
)

// Errors of Complete.
var (
	// ErrUnavailable: the endpoint cannot be reached, refuses, or takes too
	// long; or so many calls failed that none is made for now.
	ErrUnavailable = errors.New("language model unavailable")
	// ErrNonsense: it answered, and not with what was asked for.
	ErrNonsense = errors.New("language model answered nonsense")
)

// Formats in which an endpoint can be told to answer with JSON.
const (
	// FormatSchema sends the schema, which most endpoints hold the model to.
	FormatSchema = "json_schema"
	// FormatObject only says that a JSON object is wanted.
	FormatObject = "json_object"
	// FormatNone says nothing, for endpoints that know neither.
	FormatNone = "none"
)

// Options of New. URL and Model are required.
type Options struct {
	// URL is what the path /chat/completions is added to, e.g.
	// http://127.0.0.1:11434/v1.
	URL string
	// Key is sent as a bearer token; empty: none.
	Key string
	// Model is the name that the endpoint knows the model by.
	Model string
	// Format is one of the formats; empty means FormatSchema.
	Format string
	// Timeout is for one call with all of its answer; zero means two seconds.
	Timeout time.Duration
	// Concurrent is how many calls run at once, others fail; zero means 4.
	Concurrent int
	// Failures in a row stop all calls for the time Pause; zero means 3 and
	// 30 s. After it one call is tried.
	Failures uint32
	Pause    time.Duration
	// Logger may be nil. It is told when calls stop and when they go on.
	Logger *slog.Logger
}

// Client asks one model.
type Client struct {
	options  Options
	endpoint string
	http     *http.Client
	breaker  *gobreaker.CircuitBreaker[json.RawMessage]
	places   chan struct{}
}

// New checks the options. It does not call the endpoint.
func New(o Options) (*Client, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || o.Model == "" {
		return nil, errors.New("llm: URL (http or https, with a host) and Model are required")
	}
	if o.Timeout == 0 {
		o.Timeout = 2 * time.Second
	}
	if o.Concurrent == 0 {
		o.Concurrent = 4
	}
	if o.Failures == 0 {
		o.Failures = 3
	}
	if o.Pause == 0 {
		o.Pause = 30 * time.Second
	}
	if o.Format == "" {
		o.Format = FormatSchema
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	c := &Client{
		options: o, endpoint: strings.TrimSuffix(o.URL, "/") + "/chat/completions", places: make(chan struct{}, o.Concurrent),
		http: &http.Client{
			// The key is for this endpoint and no other.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	c.breaker = gobreaker.NewCircuitBreaker[json.RawMessage](gobreaker.Settings{
		Name: "llm", Timeout: o.Pause,
		ReadyToTrip: func(counts gobreaker.Counts) bool { return counts.ConsecutiveFailures >= o.Failures },
		// A caller that leaves, and a place that is taken, say nothing of the model.
		IsExcluded:    func(err error) bool { return errors.Is(err, errLeft) },
		OnStateChange: c.changed,
	})
	return c, nil
}

func (c *Client) changed(_ string, _, to gobreaker.State) {
	switch to {
	case gobreaker.StateOpen:
		c.options.Logger.Warn("language model is not asked for a while", "pause_ms", c.options.Pause.Milliseconds())
	case gobreaker.StateClosed:
		c.options.Logger.Info("language model answers again")
	case gobreaker.StateHalfOpen: // one call is tried; what comes of it is told
	}
}

// errLeft is a call that ended before the model could fail.
var errLeft = errors.New("caller left or no place")

// Complete returns the object that the model answers the input with: one JSON
// object without anything around it, at most 8 KiB. Task is the system message;
// schema the JSON Schema of the answer, which the endpoint is asked to keep to
// and may not. Errors wrap ErrUnavailable or ErrNonsense.
func (c *Client) Complete(ctx context.Context, task, input string, schema json.RawMessage) (json.RawMessage, error) {
	select {
	case c.places <- struct{}{}:
		defer func() { <-c.places }()
	default:
		return nil, fmt.Errorf("%w: %d calls are running", ErrUnavailable, cap(c.places))
	}
	object, err := c.breaker.Execute(func() (json.RawMessage, error) {
		bounded, cancel := context.WithTimeout(ctx, c.options.Timeout)
		defer cancel()
		object, err := c.call(bounded, c.request(task, input, schema))
		if err != nil && ctx.Err() != nil {
			err = errors.Join(errLeft, err)
		}
		return object, err
	})
	if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return object, err
}

// Limits of an answer in bytes: of all of it, and of the object in it.
const (
	maxAnswer = 64 << 10
	maxObject = 8 << 10
	maxTokens = 400
)

func (c *Client) call(ctx context.Context, asked map[string]any) (json.RawMessage, error) {
	body, err := json.Marshal(asked)
	if err != nil {
		return nil, fmt.Errorf("llm: encode request: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("llm: make request: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	if c.options.Key != "" {
		request.Header.Set("Authorization", "Bearer "+c.options.Key)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, bare(err))
	}
	defer func() { _ = response.Body.Close() }() // what was read counts
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: status %d", ErrUnavailable, response.StatusCode)
	}
	if mediaType, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type")); mediaType != "application/json" {
		return nil, fmt.Errorf("%w: not JSON", ErrNonsense)
	}
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, bare(err))
	case len(answer) > maxAnswer:
		return nil, fmt.Errorf("%w: more than %d bytes", ErrNonsense, maxAnswer)
	}
	return object(answer)
}

// request is the body of a call.
func (c *Client) request(task, input string, schema json.RawMessage) map[string]any {
	r := map[string]any{
		"model": c.options.Model, "temperature": 0, "max_tokens": maxTokens, "stream": false, "n": 1,
		"messages": []map[string]string{{"role": "system", "content": task}, {"role": "user", "content": input}},
	}
	switch c.options.Format {
	case FormatSchema:
		r["response_format"] = map[string]any{"type": FormatSchema, "json_schema": map[string]any{"name": "answer", "strict": true, "schema": schema}}
	case FormatObject:
		r["response_format"] = map[string]any{"type": FormatObject}
	}
	return r
}

// object takes the object out of a completion.
func object(answer []byte) (json.RawMessage, error) {
	var completion struct {
		Choices []struct {
			FinishReason string `json:"finish_reason"`
			Message      struct {
				Content string `json:"content"`
			} `json:"message"`
		} `json:"choices"`
	}
	if json.Unmarshal(answer, &completion) != nil || len(completion.Choices) == 0 {
		return nil, fmt.Errorf("%w: no completion", ErrNonsense)
	}
	choice := completion.Choices[0]
	content := strings.TrimSpace(choice.Message.Content)
	var members map[string]json.RawMessage
	switch {
	case choice.FinishReason != "" && choice.FinishReason != "stop":
		return nil, fmt.Errorf("%w: cut off", ErrNonsense)
	case len(content) > maxObject:
		return nil, fmt.Errorf("%w: object of %d bytes", ErrNonsense, len(content))
	case json.Unmarshal([]byte(content), &members) != nil || members == nil:
		return nil, fmt.Errorf("%w: no object", ErrNonsense)
	}
	return json.RawMessage(content), nil
}

// bare is an error without the address that it was for.
func bare(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}
