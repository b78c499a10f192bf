package chat

import (
	"regexp"
	"strings"
)

// numbering finds what only numbers a question: "1. How many …", "② …", "(b) …",
// "二、…". Behind a figure and its sign a space or a letter stands, so that 2.5
// and 1.6 million stay figures.
var (
	numbering = regexp.MustCompile(`^\s*(?:[(（\[]\s*(?:\d{1,2}|[a-zа-гA-ZА-Гㄱ-ㅎ가나다一二三四五])\s*[)）\]]|\d{1,2}\s?[)）:：、．]|\d{1,2}\.(?:\s|[^\s\d.,])|[a-dA-D]\)|[一二三四五][、．.:：]|[가나다][.)]\s|№\s?\d{1,2}[.:)]?\s|(?:Q|q|Вопрос|вопрос|Câu|câu|질문|質問|问题)\s?\d{1,2}\s?[.:)：．、])\s*`)
	// monthFollows finds the month of a date after its day: 21. 04. 2009.
	monthFollows = regexp.MustCompile(`^\s*\d{1,2}(?:\.|\s?월|\s?月)`)
	numbered     = regexp.MustCompile(`(?:^|[\s;；.?？؟!。，,])(?:[(（]\s*(?:\d{1,2}|[a-d])\s*[)）]|[①-⑳⓵-⓾❶-❿]|\d{1,2}\s?[)）、．]|\d{1,2}\.\s|[一二三四五]、)`)
)

// unnumbered cuts off the number that stands before a question.
func unnumbered(message string) string {
	if strings.ContainsFunc(message, circled) {
		message = strings.Map(func(r rune) rune {
			if circled(r) {
				return ' '
			}
			return r
		}, message)
	}
	if !strings.ContainsAny(message, ".)）]:：、．№") {
		return message
	}
	if at := numbering.FindStringIndex(message); at != nil {
		rest := message[at[0]:at[1]]
		// The sign may have taken the first letter along.
		cut := at[1]
		if last := strings.LastIndexByte(rest, '.'); last >= 0 && strings.TrimSpace(rest[last+1:]) != "" {
			cut = at[0] + last + 1
		}
		if rest := message[cut:]; strings.TrimSpace(rest) != "" && !monthFollows.MatchString(rest) && !(strings.HasSuffix(message[:cut], ":") && rest[0] >= '0' && rest[0] <= '9') {
			return rest
		}
	}
	return message
}

// circled tells whether a rune is a number in a circle, which counts nothing.
func circled(r rune) bool {
	return r >= '①' && r <= '⑳' || r >= '⓵' && r <= '⓾' || r >= '❶' && r <= '❿'
}

// numberedQuestions cuts a message into the questions that are numbered in it;
// nil where there are fewer than two numbers in a row, from the first on.
func numberedQuestions(message string) []string {
	at := numbered.FindAllStringIndex(message, -1)
	if len(at) < 2 || strings.TrimSpace(message[:at[0][0]]) != "" {
		return nil
	}
	var out []string
	for i, m := range at {
		end := len(message)
		if i+1 < len(at) {
			end = at[i+1][0] + 1
		}
		out = append(out, strings.TrimSpace(message[m[0]:end]))
	}
	return out
}
