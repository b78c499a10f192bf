package chat

import (
	"regexp"
	"strings"
)

// The number of a question: "1.", "2)", "(b)", "二、". Behind a figure and its sign
// a space or a letter stands, so that 2.5 and 1.6 million stay figures.
var (
	numbering = regexp.MustCompile(`^\s*(?:[(（\[]\s*(?:[0-9٠-٩۰-۹０-９]{1,2}|[a-dA-D]|[가나다라])\s*[)）\]]|[0-9٠-٩۰-۹０-９]{1,2}\s?[)）:：、．]|[0-9٠-٩۰-۹０-９]{1,2}(?:\.|\s?-)\s|[0-9٠-٩۰-۹０-９]{1,2}\.(?:\p{L})|[a-dA-D]\)|[一二三四五][、．.:：]|[가나다라][.)]\s|№\s?[0-9]{1,2}[.:)]?\s|(?:Q|q|Вопрос|вопрос|Câu|câu|질문|質問|问题)\s?[0-9]{1,2}\s?[.:)：．、])`)
	numbered  = regexp.MustCompile(`[①-⑳⓵-⓾❶-❿]|(?:^|[\s;；:：.?？؟!。，,、])(?:[(（]\s*(?:[0-9٠-٩۰-۹０-９]{1,2}|[a-d])\s*[)）]|[0-9٠-٩۰-۹０-９]{1,2}\s?[)）、．]|[0-9٠-٩۰-۹０-９]{1,2}(?:\.|\s?-)\s|[a-d]\)\s|[一二三四五]、)`)
	// monthFollows finds the month of a date after its day: 21. 04. 2009.
	monthFollows = regexp.MustCompile(`^\s*\d{1,2}(?:\.|\s?월|\s?月)`)
)

// circled tells whether a rune is a number in a circle, which counts nothing.
func circled(r rune) bool {
	return r >= '①' && r <= '⑳' || r >= '⓵' && r <= '⓾' || r >= '❶' && r <= '❿'
}

// unnumbered cuts off the number that stands before a question.
func unnumbered(message string) string {
	if strings.ContainsFunc(message, circled) {
		message = strings.TrimSpace(strings.Map(func(r rune) rune {
			if circled(r) {
				return ' '
			}
			return r
		}, message))
	}
	if !strings.ContainsAny(message, ".)）]:：、．№-") {
		return message
	}
	at := numbering.FindStringIndex(message)
	if at == nil {
		return message
	}
	cut := at[1]
	if dot := strings.IndexByte(message[:cut], '.'); dot >= 0 {
		cut = dot + 1 // a letter behind it is none of the number's
	}
	rest := strings.TrimSpace(message[cut:])
	if rest == "" || monthFollows.MatchString(rest) || strings.HasSuffix(message[:cut], ":") && rest[0] >= '0' && rest[0] <= '9' {
		return message
	}
	return rest
}

// numberedQuestions cuts a message into the questions that are numbered in it,
// and what stands before them; there are none where fewer than two have a number.
func numberedQuestions(message string) (preamble string, questions []string) {
	if !strings.ContainsAny(message, ".)）．、-") && !strings.ContainsFunc(message, circled) {
		return "", nil
	}
	at := numbered.FindAllStringIndex(message, -1)
	if len(at) < 2 {
		return "", nil
	}
	for i, m := range at {
		end := len(message)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		question := strings.TrimLeft(message[m[0]:end], " \t\n;；:：.?？؟!。，,、")
		if bare := unnumbered(question); bare == "" || bare == question {
			return "", nil // a date
		}
		questions = append(questions, question)
	}
	return strings.TrimSpace(message[:at[0][0]]), questions
}
