package chat

import (
	"slices"
	"strings"
)

// chartFor names the picture that shows more than the answer says: a series,
// a comparison or a ranking, not a single value. It returns "" for none.
func chartFor(q *query, a *answer) string {
	if a.kind != KindAnswer {
		return ""
	}
	var keys []string
	used := 0
	for _, f := range a.facts {
		if f.Relation != q.Relation || f.Derived {
			continue
		}
		used++
		if key, _, _ := strings.Cut(f.Key, "/"); !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	ranked := q.has("highest", "lowest", "trend", "increase", "decrease", "average", "sum", "cumulative", "count") && !(q.Relation == relPatients && len(q.Years) == 1) || q.hasKind("ord")
	switch q.Relation {
	case relCancers:
		if len(keys) == 1 && used > 1 {
			return "survival-" + keys[0]
		}
	case relPatients, relDepartments, relTransplants, relIndicators, relSpecialties:
	default:
		return ""
	}
	if used > 1 || ranked {
		return q.Relation
	}
	return ""
}

// chart finds the picture; nil where there is none.
func (b *Bot) chart(name, lang string) *Chart {
	if b.picture == nil || name == "" {
		return nil
	}
	c, ok := b.picture(name, lang)
	if !ok {
		return nil
	}
	return &c
}
