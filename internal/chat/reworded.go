package chat

import "slices"

// reworded takes back what the writer takes back in the same breath: "with the
// institute of plastic … no wait, the brain institute", "CT、じゃなくてPET". What
// stands directly before such words goes, as far as it is a name or figure of
// the kind that follows them, a part of one, not understood, or not in the data; where nothing
// of that kind stands before, the words are left as they are.
func reworded(items []item) []item {
	at := slices.IndexFunc(items, func(it item) bool { return it.has(word, "reworded") })
	if at < 0 {
		return items
	}
	next := slices.IndexFunc(items[at:], func(it item) bool { return naming(&it) != "" })
	if next < 0 {
		return items
	}
	kind := naming(&items[at+next])
	from := at
	taken := false
	for from > 0 {
		it := &items[from-1]
		same := it.unknown || it.guessed || it.has(word, "absent") || naming(it) == kind
		if !same && !nameWord(it) && !it.has(word, "fn") && !(kind == "time" && it.has(word, "yearword")) {
			break
		}
		taken = taken || same
		from--
	}
	if !taken {
		return items
	}
	for i := from; i <= at; i++ {
		items[i].become("fn")
	}
	return items
}

// naming is the slot of what an item names, "" where it names nothing.
func naming(it *item) string {
	if it.number != nil {
		if it.number.year > 0 {
			return "time"
		}
		return "number"
	}
	for _, s := range it.senses {
		if s.kind != word && s.kind != "type" && s.kind != "topic" {
			return slot(s)
		}
	}
	return ""
}
