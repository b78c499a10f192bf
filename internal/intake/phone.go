package intake

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/go-playground/validator/v10"
	"github.com/nyaruka/phonenumbers"
)

func phoneRule(ctx context.Context, fl validator.FieldLevel) bool {
	found := findingsOf(ctx)
	number, ok := e164(fl.Field().String(), found.country)
	found.e164 = number
	return ok
}

// groupSigns stand between the groups of digits of a phone number.
const groupSigns = " -–()"

// e164 returns a phone number in E.164 form, read as people in the country
// write it unless it begins with "+". Numbers that are merely possible, not
// known to be in use, are taken: new ranges come faster than tables.
func e164(typed, country string) (string, bool) {
	plain, digits := true, 0
	for _, r := range typed {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r == '+', strings.ContainsRune(groupSigns, r):
		case strings.ContainsRune(".,/;xXext#", r):
			plain = false
		default:
			return "", false
		}
	}
	if plain && digits > 2 {
		// Where there can be no extension, signs between groups of digits mean
		// nothing; looking for one costs more the longer the text is.
		typed = strings.Map(func(r rune) rune {
			if strings.ContainsRune(groupSigns, r) {
				return -1
			}
			return r
		}, typed)
		if international(typed) {
			return typed, true
		}
	}
	n, err := phonenumbers.Parse(typed, country)
	if err != nil || !phonenumbers.IsPossibleNumber(n) {
		return "", false
	}
	return phonenumbers.Format(n, phonenumbers.E164), true
}

// international tells of most numbers that are in E.164 form, at a tenth of the
// cost of reading them, that they are: "+" and digits, a country's calling code,
// as many digits as numbers have there, and nothing in front of them that is
// dialled within the country only.
func international(number string) bool {
	digits, plus := strings.CutPrefix(number, "+")
	if !plus || strings.ContainsRune(digits, '+') || strings.HasPrefix(digits, "0") {
		return false
	}
	for n := 1; n <= 3 && n < len(digits); n++ {
		code, err := strconv.Atoi(digits[:n])
		if err != nil {
			return false
		}
		if plan, ok := numberingPlans()[code]; ok {
			national := digits[n:]
			return len(national) < 32 && plan.lengths&(1<<len(national)) != 0 && national[0] != '0' && !plan.dialled().MatchString(national)
		}
	}
	return false
}

// numberingPlan is what a calling code says about the digits after it.
type numberingPlan struct {
	// lengths has the bit of each possible number of digits.
	lengths uint32
	// dialled finds what is dialled within the country in front of a number.
	dialled func() *regexp.Regexp
}

// numberingPlans are by calling code; that of the first country is the one that
// the library reads numbers by.
var numberingPlans = sync.OnceValue(func() map[int]numberingPlan {
	plans := map[int]numberingPlan{}
	all, err := phonenumbers.MetadataCollection()
	if err != nil {
		return plans // then each number is read by the library
	}
	for _, country := range all.GetMetadata() {
		code := int(country.GetCountryCode())
		if country.GetId() != phonenumbers.GetRegionCodeForCountryCode(code) {
			continue
		}
		plan := numberingPlan{dialled: sync.OnceValue(func() *regexp.Regexp {
			if country.GetNationalPrefixForParsing() == "" {
				return regexp.MustCompile(`^0`) // which is looked for anyway
			}
			return regexp.MustCompile("^(?:" + country.GetNationalPrefixForParsing() + ")")
		})}
		for _, length := range country.GetGeneralDesc().GetPossibleLength() {
			if length > 0 && length < 32 {
				plan.lengths |= 1 << length
			}
		}
		plans[code] = plan
	}
	return plans
})
