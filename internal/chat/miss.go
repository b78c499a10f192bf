package chat

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"naru/internal/naru"
)

// Misses counts questions that were declined or badly answered, so that staff can extend the
// lexicon. What is given to it has no names, numbers and addresses in it.
type Misses interface {
	CountMiss(context.Context, naru.Miss) error
}

// maxMissWord is the length in characters above which an unknown word is not
// kept: words of a language are shorter, keys and addresses are not.
const maxMissWord = 24

// missMask stands for what was masked.
const missMask = "…"

// Kinds of misses.
const (
	missDeclined = "declined"
	missDisliked = "disliked"
)

// countMiss counts a question that was not answered, or not well. Only the words the lexicon knows are
// kept as they are; of the others, what could tell of a person is masked. A
// failure costs one count and is logged.
func (b *Bot) countMiss(ctx context.Context, kind, message string, how *Explanation, now time.Time) {
	if b.misses == nil {
		return
	}
	question, words := maskQuestion(message, how, false)
	if question == "" {
		return
	}
	m := naru.Miss{Language: how.Language, Kind: kind, Question: question, Words: words, LastAt: now}
	if err := b.misses.CountMiss(ctx, m); err != nil {
		b.log.WarnContext(ctx, "question not counted as a miss", "error", err)
	}
}

// maskQuestion writes the question with everything masked that is unknown and
// may be personal, and the unknown words that are left. Figures are masked, too,
// but for years where these are wanted.
func maskQuestion(message string, how *Explanation, years bool) (question, words string) {
	personal, address := personalWords(message), addressWords(message)
	var parts, unknown []string
	for i, w := range how.Words {
		text := strings.ToLower(strings.TrimSpace(w.Text))
		switch {
		case text == "":
			continue
		case address[text], len(w.Senses) == 0 && (personal[text] || utf8.RuneCountInString(text) > maxMissWord || besideTitle(how.Words, i)):
			text = missMask
		case slices.Contains(w.Senses, "number") && !(years && w.year > 0):
			text = "#"
		case len(w.Senses) == 0:
			unknown = append(unknown, text)
		}
		if text == missMask && len(parts) > 0 && parts[len(parts)-1] == missMask {
			continue
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " "), strings.Join(unknown, " ")
}

// personalWords are the words of a message, in lower case, that may be of a
// name, a number or an address: those with digits or signs in them, and those
// capitalised inside it.
func personalWords(message string) map[string]bool {
	found := map[string]bool{}
	for i, field := range strings.Fields(message) {
		first, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(field, unicode.IsPunct))
		if !strings.ContainsAny(field, "@/\\:_+#") && !strings.ContainsFunc(field, unicode.IsDigit) && (i == 0 || !unicode.IsUpper(first)) {
			continue
		}
		for word := range strings.FieldsFuncSeq(strings.ToLower(field), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			found[word] = true
		}
	}
	return found
}

// addressWords are the words of mail and web addresses, in lower case: known
// words in them are part of the address.
func addressWords(message string) map[string]bool {
	found := map[string]bool{}
	for field := range strings.FieldsSeq(strings.ToLower(message)) {
		if strings.Contains(field, "@") || strings.Contains(field, "://") || strings.HasPrefix(field, "www.") {
			for word := range strings.FieldsFuncSeq(field, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
				found[word] = true
			}
		}
	}
	return found
}

// titles stand beside names, in scripts without capitals too.
var titles = []string{
	"mr", "mrs", "ms", "dr", "doctor", "prof", "professor", "named", "name", "called",
	"씨", "님", "선생님", "교수", "교수님", "환자", "이름", "先生", "女士", "医生", "教授", "患者", "さん", "様", "氏", "名前",
	"господин", "госпожа", "доктор", "профессор", "пациент", "имя", "зовут", "эмч", "өвчтөн", "нэр", "дәрігер", "пациенті", "аты", "есімі",
	"السيد", "السيدة", "الدكتور", "دكتور", "د", "المريض", "المريضة", "اسم", "اسمي", "ông", "bà", "anh", "chị", "bác", "sĩ", "tên",
}

func besideTitle(words []ExplainedWord, i int) bool {
	for _, near := range []int{i - 2, i - 1, i + 1} {
		if near >= 0 && near < len(words) && slices.Contains(titles, strings.ToLower(strings.Trim(words[near].Text, ".,:"))) {
			return true
		}
	}
	return false
}
