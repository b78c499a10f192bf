package chat

import "strings"

// glossed explains the words of a name in the asker's language that stands
// before the printed one in brackets: "Viện Khoa học Cơ bản Hàn Quốc (Korea
// Basic Science Institute)". Only words that no lexicon knows, and those that
// names are built of, count as part of the name; where the brackets hold no
// institution or project, nothing is explained away.
func glossed(message string, marks bool, items []item) []item {
	for at := 0; ; {
		i := strings.IndexAny(message[at:], "(（[")
		if i < 0 {
			return items
		}
		at += i
		pos := len(fold(message[:at], marks))
		at++
		first := 0
		for first < len(items) && items[first].from < pos {
			first++
		}
		if first == len(items) || !properName(&items[first]) {
			continue
		}
		from, unknown, generic := first, false, false
		for from > 0 && nameWord(&items[from-1]) {
			from--
			unknown = unknown || items[from].unknown
			generic = generic || !items[from].unknown
		}
		if !unknown || !generic {
			continue
		}
		for k := from; k < first; k++ {
			items[k].unknown, items[k].guessed, items[k].number = false, false, nil
			items[k].senses = []sense{{word, "fn"}}
		}
	}
}

// properName tells whether an item names an institution or a project.
func properName(it *item) bool {
	for _, s := range it.senses {
		if s.kind == "institution" || s.kind == "project" {
			return true
		}
	}
	return false
}

// nameWord tells whether an item may be a part of an institution's name.
func nameWord(it *item) bool {
	if it.unknown {
		return true
	}
	for _, s := range it.senses {
		switch {
		case s.kind == "type", s.kind == "topic", s.kind == "place", s.kind == "country" && s.id == korea:
			return true
		case s.kind == word && (s.id == "korean" || s.id == "institution" || s.id == "hospital" || s.id == "school"):
			return true
		}
	}
	return false
}
