package store

import (
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5/pgtype"
)

// lists turns args, which hold whole rows, into the arrays of the columns, of which
// the first is of texts.
func (b *bulk) lists(args []any) ([]any, error) {
	lists := make([]any, b.columns)
	rows, bytes := len(args)/b.columns, 0
	for c, kind := range b.types {
		var texts []string
		var numbers []int64
		if kind == "TEXT" {
			texts = make([]string, 0, rows)
		} else {
			numbers = make([]int64, 0, rows)
		}
		for i := c; i < len(args); i += b.columns {
			text, isText := args[i].(string)
			number, isNumber := args[i].(int64)
			switch {
			case isText && kind == "TEXT":
				texts = append(texts, text)
				bytes += len(text)
			case isNumber && kind == "BIGINT":
				numbers = append(numbers, number)
			default:
				return nil, fmt.Errorf("store: a %T in column %d of a list, which is %s", args[i], c+1, kind)
			}
		}
		if lists[c] = texts; kind == "BIGINT" {
			lists[c] = numbers
		}
	}
	if texts, ok := lists[0].([]string); ok {
		lists[0] = roomyTexts{texts, bytes + len(args)*elementRoom + len(lists)*arrayRoom}
	}
	return lists, nil
}

// PostgreSQL takes 4 bytes for the length of an element, and 8 for a number; an
// array begins with 20.
const elementRoom, arrayRoom = 12, 20

// roomyTexts is the first array of a statement, with the room in bytes that all its
// arrays take. The driver would otherwise make room again and again, for five times
// as much in all.
type roomyTexts struct {
	texts []string
	room  int
}

// encodeRoomy has the driver encode roomyTexts.
type encodeRoomy struct{ next pgtype.EncodePlan }

func wrapRoomy(value any) (plan pgtype.WrappedEncodePlanNextSetter, next any, ok bool) {
	list, ok := value.(roomyTexts)
	return &encodeRoomy{}, list.texts, ok
}

func (e *encodeRoomy) SetNext(next pgtype.EncodePlan) { e.next = next }

func (e *encodeRoomy) Encode(value any, buf []byte) ([]byte, error) {
	list := value.(roomyTexts)
	return e.next.Encode(list.texts, slices.Grow(buf, list.room))
}
