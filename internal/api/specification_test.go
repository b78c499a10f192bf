package api_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"naru/internal/casefile"
	"naru/internal/intake"
	"naru/internal/naru"
	"naru/internal/server"
	"naru/internal/telemetry"
)

// specification checks requests and answers against /openapi.json.
type specification struct {
	document *openapi3.T
	router   routers.Router
}

func readSpecification(t testing.TB, d *desk) *specification {
	t.Helper()
	response, err := http.Get(d.url + "/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	document, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		t.Fatal(err)
	}
	if err := document.Validate(t.Context(), openapi3.IsOpenAPI31OrLater(), openapi3.EnableSchemaFormatValidation()); err != nil {
		t.Fatalf("openapi.json is no OpenAPI 3.1: %v", err)
	}
	router, err := gorillamux.NewRouter(document)
	if err != nil {
		t.Fatal(err)
	}
	return &specification{document, router}
}

// check compares an exchange with the document. Paths and methods that the
// document lacks must have been refused.
func (s *specification) check(t *testing.T, request *http.Request, body []byte, a answer) {
	t.Helper()
	again := request.Clone(t.Context())
	if again.Method == http.MethodHead {
		again.Method = http.MethodGet // served alike, not documented apart
	}
	again.Body = io.NopCloser(bytes.NewReader(body))
	route, parameters, err := s.router.FindRoute(again)
	if err != nil {
		if a.StatusCode != http.StatusNotFound && a.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("%s %s is not in the document and answers %d", request.Method, request.URL.Path, a.StatusCode)
		}
		return
	}
	input := &openapi3filter.RequestValidationInput{
		Request: again, PathParams: parameters, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true, MultiError: true},
	}
	if a.StatusCode < 300 && !strings.HasPrefix(request.Header.Get("Content-Type"), "multipart/") {
		if err := openapi3filter.ValidateRequest(t.Context(), input); err != nil {
			t.Errorf("%s %s was taken and is not as documented: %v", request.Method, request.URL.Path, err)
		}
	}
	input.Options.ExcludeResponseBody = again.Method != request.Method || strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") || a.Header.Get("Content-Type") == "image/svg+xml"
	err = openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: a.StatusCode, Header: a.Header, Body: io.NopCloser(bytes.NewReader(a.body)), Options: input.Options,
	})
	if err != nil {
		t.Errorf("%s %s: answer %d is not as documented: %v\n%.500s", request.Method, request.URL.Path, a.StatusCode, err, a.body)
	}
}

func TestDocumentListsExactlyTheRoutes(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	var routes, documented []string
	parameter := regexp.MustCompile(`:(\w+)`)
	for _, r := range d.Routes() {
		if r.Method != http.MethodHead && r.Method != http.MethodOptions {
			routes = append(routes, r.Method+" "+parameter.ReplaceAllString(r.Path, "{$1}"))
		}
	}
	for path, item := range d.spec.document.Paths.Map() {
		for method := range item.Operations() {
			documented = append(documented, method+" "+path)
		}
	}
	slices.Sort(routes)
	slices.Sort(documented)
	if !slices.Equal(routes, documented) {
		t.Errorf("routes\n%s\ndocumented\n%s", strings.Join(routes, "\n"), strings.Join(documented, "\n"))
	}
	if d.spec.document.Info.Version != "1.2.3" || d.spec.document.Servers[0].URL != d.url {
		t.Errorf("version %q, server %q", d.spec.document.Info.Version, d.spec.document.Servers[0].URL)
	}
}

// What the validate tags allow and what the document says must be the same.
func TestDocumentHasTheLimitsOfTheRules(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	common := []string{"kind", "language", "consents", "attachments", "conversation_id"}
	for name, form := range map[string]reflect.Type{"PatientInquiry": reflect.TypeFor[naru.Patient](), "PartnerInquiry": reflect.TypeFor[naru.Partner]()} {
		schema := d.spec.document.Components.Schemas[name].Value
		fields := slices.Clone(common)
		required := []string{"kind", "consents"}
		for f := range form.Fields() {
			field, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			fields = append(fields, field)
			property := schema.Properties[field]
			if property == nil {
				t.Errorf("%s lacks %s", name, field)
				continue
			}
			if slices.Contains(strings.Split(f.Tag.Get("validate"), ","), "required") {
				required = append(required, field)
			}
			compareField(t, name+"."+field, f, property.Value)
		}
		var properties []string
		for property := range schema.Properties {
			properties = append(properties, property)
		}
		sameElements(t, name+": fields", properties, fields)
		sameElements(t, name+": required", schema.Required, required)
		if schema.AdditionalProperties.Has == nil || *schema.AdditionalProperties.Has {
			t.Errorf("%s allows unknown fields", name)
		}
	}
}

func compareField(t *testing.T, name string, f reflect.StructField, schema *openapi3.Schema) {
	t.Helper()
	want := map[reflect.Kind]string{reflect.String: "string"}[f.Type.Kind()]
	if f.Type.Kind() == reflect.Pointer {
		want = map[reflect.Kind]string{reflect.Bool: "boolean", reflect.Int: "integer"}[f.Type.Elem().Kind()]
	}
	if want == "" || !schema.Type.Is(want) {
		t.Errorf("%s: type %v, want %q", name, schema.Type, want)
	}
	var choices []string
	for _, choice := range schema.Enum {
		choices = append(choices, choice.(string))
	}
	var wantChoices []string
	wantMax, wantMin, format := "", "", ""
	for tag := range strings.SplitSeq(f.Tag.Get("validate"), ",") {
		tag, value, _ := strings.Cut(tag, "=")
		switch tag {
		case "oneof":
			wantChoices = strings.Fields(value)
		case "max":
			wantMax = value
		case "min":
			wantMin = value
		case "date", "past_date":
			format = "date"
		case "mailbox":
			format, wantMax = "email", "254"
		case "country":
			if schema.Pattern != "^[A-Z]{2}$" {
				t.Errorf("%s: pattern %q", name, schema.Pattern)
			}
		}
	}
	haveMax, haveMin := "", ""
	if want == "integer" {
		if schema.Max != nil {
			haveMax = strconv.FormatFloat(*schema.Max, 'f', -1, 64)
		}
		if schema.Min != nil {
			haveMin = strconv.FormatFloat(*schema.Min, 'f', -1, 64)
		}
	} else if schema.MaxLength != nil {
		haveMax = strconv.FormatUint(*schema.MaxLength, 10)
	}
	if haveMax != wantMax || haveMin != wantMin || schema.Format != format {
		t.Errorf("%s: max %q, min %q, format %q; want %q, %q, %q", name, haveMax, haveMin, schema.Format, wantMax, wantMin, format)
	}
	sameElements(t, name+": choices", choices, wantChoices)
}

func sameElements(t *testing.T, what string, have, want []string) {
	t.Helper()
	slices.Sort(have)
	slices.Sort(want)
	if !slices.Equal(have, want) {
		t.Errorf("%s: document %v, rules %v", what, have, want)
	}
}

// Every member that an answer can have is documented, and no other.
func TestDocumentDescribesTheAnswers(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	schemas := d.spec.document.Components.Schemas
	items := func(s *openapi3.Schema, property string) *openapi3.Schema {
		return s.Properties[property].Value.Items.Value
	}
	meta := schemas["Meta"].Value
	for _, row := range []struct {
		value  any
		schema *openapi3.Schema
	}{
		{intake.Meta{}, meta},
		{intake.Form{}, schemas["Form"].Value},
		{intake.Field{}, items(schemas["Form"].Value, "fields")},
		{intake.ConsentText{}, items(schemas["Form"].Value, "consents")},
		{intake.Choice{}, schemas["Choice"].Value},
		{intake.MetaLimits{}, meta.Properties["limits"].Value},
		{intake.Promise{}, meta.Properties["promise"].Value},
		{intake.Notice{}, items(meta, "notices")},
		{casefile.Description{}, schemas["Timeline"].Value},
		{casefile.Line{}, items(schemas["Timeline"].Value, "timeline")},
		{casefile.TeamName{}, schemas["Team"].Value},
		{server.Problem{}, schemas["Problem"].Value},
		{server.FieldProblem{}, items(schemas["Problem"].Value, "errors")},
		{telemetry.Readiness{}, schemas["Readiness"].Value},
	} {
		var fields, properties, required []string
		structure := reflect.TypeOf(row.value)
		for field := range structure.Fields() {
			name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
			if name == "-" {
				continue
			}
			fields = append(fields, name)
			if options != "omitempty" {
				required = append(required, name)
			}
		}
		for property := range row.schema.Properties {
			properties = append(properties, property)
		}
		sameElements(t, structure.String(), properties, fields)
		sameElements(t, structure.String()+": required", row.schema.Required, required)
	}
}

// Where problems are documented, their codes are too.
func TestReferenceListsAllCodes(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	page := string(d.do(t, http.MethodGet, "/docs", nil, "Accept", "text/html").body)
	for _, key := range d.catalog.Keys("problem.") {
		if code, ok := strings.CutSuffix(strings.TrimPrefix(key, "problem."), ".title"); ok && !strings.Contains(page, `id="problem-`+code+`"`) {
			t.Errorf("no place for problem %s", code)
		}
	}
	for _, item := range d.spec.document.Paths.Map() {
		for _, operation := range item.Operations() {
			if !strings.Contains(page, `id="`+operation.OperationID+`"`) {
				t.Errorf("no place for %s", operation.OperationID)
			}
		}
	}
	for name := range d.spec.document.Components.Schemas {
		if !strings.Contains(page, `id="schema-`+name+`"`) {
			t.Errorf("no place for schema %s", name)
		}
	}
	for _, outside := range regexp.MustCompile(`(?:src|href)="(?:https?:)?//[^"]*"`).FindAllString(page, -1) {
		t.Errorf("the page refers to %s", outside)
	}
	if strings.Contains(page, "<no value>") || strings.Contains(page, "style=") || strings.Contains(page, "ZgotmplZ") {
		t.Error("the page has a hole or a style of its own")
	}
}

// example returns one of the request examples.
func (s *specification) example(t *testing.T, name string) []byte {
	t.Helper()
	e := s.document.Paths.Value("/api/v1/inquiries").Post.RequestBody.Value.Content["application/json"].Examples[name]
	if e == nil {
		t.Fatalf("no example %s", name)
	}
	body, err := json.Marshal(e.Value.Value)
	if err != nil {
		t.Fatal(err)
	}
	return body
}
