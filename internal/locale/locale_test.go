package locale

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"naru/internal/naru"
)

// catalog loads what the package itself needs of the real texts.
func catalog(t testing.TB) *Catalog {
	t.Helper()
	c, err := Load(os.DirFS("../../config/locales"), "format")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// files makes a set of texts in which every language has area.yaml with the
// same content, except where replaced.
func files(content string, replaced map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for _, lang := range naru.Languages {
		text, ok := replaced[lang]
		if !ok {
			text = content
		}
		fsys[lang+"/area.yaml"] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

func TestDatesNumbersSizes(t *testing.T) {
	t.Parallel()
	c := catalog(t)
	seoul, err := time.LoadLocation("Asia/Seoul")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 3, 5, 7, 0, 0, time.UTC)
	for lang, want := range map[string][4]string{
		"en":      {"3 November 2026", "3 November 2026, 14:07 (Korea time)", "1,234,567", "9.5\u00a0MB"},
		"ko":      {"2026년 11월 3일", "2026년 11월 3일 14:07(한국 시간)", "1,234,567", "9.5\u00a0MB"},
		"zh-Hans": {"2026年11月3日", "2026年11月3日 14:07（韩国时间）", "1,234,567", "9.5\u00a0MB"},
		"ja":      {"2026年11月3日", "2026年11月3日 14:07（韓国時間）", "1,234,567", "9.5\u00a0MB"},
		"ru":      {"3 ноября 2026 г.", "3 ноября 2026 г., 14:07 (по корейскому времени)", "1\u00a0234\u00a0567", "9,5\u00a0МБ"},
		"mn":      {"2026 оны 11 дүгээр сарын 3\u2011ны өдөр", "2026 оны 11 дүгээр сарын 3\u2011ны өдөр, 14:07 (Солонгосын цагаар)", "1,234,567", "9.5\u00a0МБ"},
		"kk":      {"2026 жылғы 3 қараша", "2026 жылғы 3 қараша, 14:07 (Корея уақыты)", "1\u00a0234\u00a0567", "9,5\u00a0МБ"},
		"ar":      {"3 نوفمبر 2026", "3 نوفمبر 2026، 14:07 (بتوقيت كوريا)", "1,234,567", "9.5\u00a0ميغابايت"},
		"vi":      {"ngày 3 tháng 11 năm 2026", "14:07 ngày 3 tháng 11 năm 2026 (giờ Hàn Quốc)", "1.234.567", "9,5\u00a0MB"},
	} {
		got := [4]string{c.Date(lang, at), c.DateTime(lang, at, seoul), c.Number(lang, 1234567), c.Bytes(lang, 9<<20+1<<19)}
		if got != want {
			t.Errorf("%s: %q\nwant %q", lang, got, want)
		}
	}
	for day, want := range map[int]string{1: "1\u2011ний", 2: "2\u2011ны", 4: "4\u2011ний", 10: "10\u2011ны", 19: "19\u2011ний", 20: "20\u2011ны", 30: "30\u2011ны", 31: "31\u2011ний"} {
		if got := c.Date("mn", time.Date(2026, 10, day, 0, 0, 0, 0, time.UTC)); got != "2026 оны 10 дугаар сарын "+want+" өдөр" {
			t.Errorf("day %d in Mongolian: %q", day, got)
		}
	}
	for n, want := range map[int64]string{0: "0\u00a0B", 1023: "1,023\u00a0B", 1024: "1\u00a0KB", 1536: "1.5\u00a0KB", 20 << 20: "20\u00a0MB", 3 << 30: "3\u00a0GB"} {
		if got := c.Bytes("en", n); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", n, got, want)
		}
	}
	almaty := time.FixedZone("Asia/Almaty", 5*3600)
	if got := c.DateTime("en", at, almaty); got != "3 November 2026, 10:07 (UTC+05:00)" {
		t.Errorf("DateTime in a zone without a name: %q", got)
	}
	if got := c.DateTime("en", at, time.UTC); got != "3 November 2026, 05:07 (UTC)" {
		t.Errorf("DateTime in UTC: %q", got)
	}
}

func TestTextAndPlural(t *testing.T) {
	t.Parallel()
	content := "a.plain: Plain\na.max: At most {{.Max}} for {{.Field}}\na.files:\n  one: one file of {{.Name}}\n  other: \"{{.Count}} files of {{.Name}}\"\n"
	ru := "a.plain: Просто\na.max: Не больше {{.Max}} в поле {{.Field}}\na.files:\n  one: \"{{.Count}} файл {{.Name}}\"\n  few: \"{{.Count}} файла {{.Name}}\"\n  many: \"{{.Count}} файлов {{.Name}}\"\n  other: \"{{.Count}} файла {{.Name}}\"\n"
	ar := "a.plain: ع\na.max: \"{{.Max}} {{.Field}}\"\na.files: {zero: \"z {{.Name}}\", one: \"o {{.Name}}\", two: \"t {{.Name}}\", few: \"f {{.Name}}\", many: \"m {{.Name}}\", other: \"x {{.Name}}\"}\n"
	c, err := Load(files(content, map[string]string{"ru": ru, "ar": ar}))
	if err != nil {
		t.Fatal(err)
	}
	args := map[string]any{"Max": 5000, "Field": "<b>", "Name": "A"}
	lower := func(name string) string { return "{{." + strings.ToLower(name) + "}}" }
	for _, x := range []struct{ got, want string }{
		{c.Text("en", "a.plain", nil), "Plain"},
		{c.Text("xx", "a.plain", nil), "Plain"},
		{c.Text("ru", "a.max", args), "Не больше 5\u00a0000 в поле <b>"},
		{c.Text("en", "a.max", nil), "At most  for "},
		{c.Text("ru", "no.such", nil), "no.such"},
		{c.Fill("en", "a.max", lower), "At most {{.max}} for {{.field}}"},
		{c.Fill("xx", "a.plain", lower), "Plain"},
		{c.Fill("ru", "no.such", lower), "no.such"},
		{c.Text("en", "a.files", args), " files of A"},
		{c.Plural("en", "a.files", 1, args), "one file of A"},
		{c.Plural("en", "a.files", 0, args), "0 files of A"},
		{c.Plural("ru", "a.files", 21, args), "21 файл A"},
		{c.Plural("ru", "a.files", 22, args), "22 файла A"},
		{c.Plural("ru", "a.files", 11, args), "11 файлов A"},
		{c.Plural("ar", "a.files", 2, args), "t A"},
		{c.Plural("ar", "a.files", 103, args), "f A"},
		{c.Plural("vi", "a.files", 1, args), "one file of A"},
	} {
		if x.got != x.want {
			t.Errorf("%q, want %q", x.got, x.want)
		}
	}
	if keys := strings.Join(c.Keys("a."), " "); keys != "a.files a.max a.plain" {
		t.Errorf("Keys = %s", keys)
	}
}

func TestLoadNamesEveryProblem(t *testing.T) {
	t.Parallel()
	content := "a.one: One {{.X}}\na.two: Two\na.many: {one: \"1\", other: \"{{.Count}}\"}\n"
	_, err := Load(files(content, map[string]string{
		"ko": "a.one: 하나 {{.Y}}\na.many: {one: \"1\", other: \"n\"}\na.extra: x\n",
		"ru": "a.one: Один {{.X}}\na.two: ''\na.many: {one: a, other: b}\n",
		"ja": "a.one: 一つ {{if .X}}\na.two: [x]\na.many: {one: a, other: b, some: c}\n",
		"mn": "a.one: Нэг {{.X}}\na.two: Хоёр\na.many: олон\n",
		"kk": "a.one: Бір {{.X}}\na.one: Бір {{.X}}\n",
		"vi": "a.one: Một {{.X}}\n  a.two: [\n",
	}))
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{
		"ko/area.yaml:1: a.one: placeholders [Y], en has [X]",
		"ko/area.yaml: lacks 1 keys: a.two",
		"ko/area.yaml:3: a.extra: not in en",
		"ru/area.yaml:2: a.two: empty text",
		"ru/area.yaml:3: a.many: lacks the plural forms few, many",
		"ja/area.yaml:1: a.one: braces that are not a placeholder",
		"ja/area.yaml:2: a.two: ",
		`ja/area.yaml:3: a.many: "some" is not a plural form`,
		"mn/area.yaml:3: a.many: plural forms here or in en, not in both",
		"vi/area.yaml: ",
		`kk/area.yaml: [2:1] mapping key "a.one" already defined`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("does not say %q", want)
		}
	}
	if n := strings.Count(err.Error(), "lacks 1 keys") + strings.Count(err.Error(), "lacks the plural"); n != 3 {
		t.Errorf("%d complaints of missing keys and forms, want 3: unreadable ones count once", n)
	}
	if t.Failed() {
		t.Log(err)
	}
}

func TestMatch(t *testing.T) {
	t.Parallel()
	for preference, want := range map[string]string{
		"kk": "kk", "KK-kz": "kk", "zh": "zh-Hans", "zh-CN": "zh-Hans", "zh-TW": "zh-Hans", "zh_CN": "zh-Hans", "ko-KR,ko;q=0.9,en;q=0.8": "ko",
		"fr-FR,fr;q=0.9,ru;q=0.5,en;q=0.1": "ru", "fr": "en", "": "en", "*": "en", "ar-AE": "ar", "mn-MN": "mn", "vi-VN;q=0.3, ja;q=0.7": "ja",
		"x;q=y": "en", strings.Repeat("ko-", 400): "en", "en-US,en;q=0.9,ko;q=0.8": "en", "\x00": "en", "fr;q=1, *;q=0.5": "en",
	} {
		if got := Match(preference); got != want {
			t.Errorf("Match(%q) = %s, want %s", preference, got, want)
		}
	}
	if got := Match("", "xx", "vi", "ko"); got != "vi" {
		t.Errorf("first usable preference: %s", got)
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("ko-KR,ko;q=0.9,en;q=0.8")
	f.Add("zh_TW;q=1.0,*")
	f.Fuzz(func(t *testing.T, preference string) {
		if got := Match(preference); !supported(got) {
			t.Errorf("Match(%q) = %q", preference, got)
		}
	})
}

func BenchmarkText(b *testing.B) {
	c := catalog(b)
	args := map[string]any{"Date": "a", "Time": "b", "Zone": "c"}
	for b.Loop() {
		c.Text("kk", keyDateTime, args)
	}
}
