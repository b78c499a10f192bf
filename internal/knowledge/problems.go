package knowledge

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one fault in the knowledge files.
type Problem struct {
	File    string // path inside the knowledge folder
	Line    int    // 1-based; 0 when the file as a whole is meant
	Message string // for the person who edits the files, in English
}

// String formats the problem as "file:line: message".
func (p Problem) String() string {
	if p.Line == 0 {
		return p.File + ": " + p.Message
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Message)
}

// Problems is the error that Load returns: every fault it found, sorted by file and line.
type Problems []Problem

// Error lists all problems, one a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

func (ps Problems) sorted() Problems {
	slices.SortFunc(ps, func(a, b Problem) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), strings.Compare(a.Message, b.Message))
	})
	return slices.Compact(ps)
}
