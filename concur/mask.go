package concur

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// removed stands where a text held a secret or something personal.
const removed = "[removed]"

// masked returns a text that is not ours as one safe line of at most n bytes: without the secrets that are known, and
// without what looks like a secret, an address or an account number. Every such text passes here before an Error or a Job
// holds it.
func masked(text string, n int, secrets ...string) string {
	return cut(mask(clean(redact(text, secrets...))), n)
}

const (
	// longNumber is the number of digits from which on a number may be that of an account, a card or a person.
	longNumber = 9
	// longRun is the same for digits inside a name: ids hold shorter runs by chance.
	longRun = 10
	// longToken is longer than Concur's ids, which have up to 35 characters.
	longToken = 72
)

var (
	schemeAndToken = regexp.MustCompile(`(?i)\b(bearer|oauth|basic)\s+[A-Za-z0-9._~+/=$!-]{6,}`)
	namedSecret    = regexp.MustCompile(`(?i)((?:(?:access|refresh|id|auth)_?token|api_?key|client_?secret|password|authorization)["']?\s*[=:>]\s*["']?)[^\s"'&<,;}]+`)
	// address matches a name in front of @ however that is written (%40, %2540, &#64;, a wide @), and what follows it.
	address = regexp.MustCompile(`(?i)(?:"[^"]{1,64}"|[^\s<>()\[\],;:"=&?/]+?)(?:@|＠|﹫|%(?:25)*40|&#0*64;|&#x0*40;|&commat;|\\u0040)[^\s<>()\[\],;:"'=&?/]*`)
	// card matches the groups in which cards are written.
	card = regexp.MustCompile(`\b(?:\d{4}(?:[ .-]\d{4}){2}[ .-]\d{1,7}|\d{4}[ .-]\d{6}[ .-]\d{4,5})\b`)
	jwt  = regexp.MustCompile(`\beyJ[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+`)
	// supportID matches an id that Concur's support asks for, which may be a number.
	supportID = regexp.MustCompile(`(?i)<(?:error-?)?id>\s*[\w$!-]{1,64}|"(?:error_?|correlation_?|request_?)?id"\s*:\s*"?[\w$!-]{1,64}|\b(?:error|correlation|request|trace)[ _-]?id["']?\s*[:=]?\s*["']?[\w$!-]{1,64}`)
	// word matches a number, an id, a time or a word.
	word   = regexp.MustCompile(`[\pL\pN_$!+]+(?:-+[\pL\pN_$!+]+)*`)
	digits = regexp.MustCompile(`\p{Nd}+`)
	guid   = regexp.MustCompile(`^[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$`)
	// moment matches a time as the names of Concur's files write it; day matches a date that a word begins with.
	moment = regexp.MustCompile(`^20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d[0-5]\d(?:\d{3})?$`)
	day    = regexp.MustCompile(`^20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:T\d\d)?$`)
)

// mask removes from a clean text what looks like an e-mail address, the number of a card or an account, or a token. The ids
// of errors, exchanges and jobs stay, and so do times: a support case needs them.
func mask(text string) string {
	text = schemeAndToken.ReplaceAllString(text, "$1 "+removed)
	text = namedSecret.ReplaceAllString(text, "${1}"+removed)
	text = jwt.ReplaceAllString(text, removed)
	text = address.ReplaceAllString(text, removed)
	text = card.ReplaceAllString(text, removed)
	var b strings.Builder
	from := 0
	for _, at := range supportID.FindAllStringIndex(text, -1) {
		b.WriteString(word.ReplaceAllStringFunc(text[from:at[0]], maskWord))
		b.WriteString(text[at[0]:at[1]])
		from = at[1]
	}
	b.WriteString(word.ReplaceAllStringFunc(text[from:], maskWord))
	return b.String()
}

// maskWord judges one word: a number by its length, a name by the numbers in it.
func maskWord(w string) string {
	number := strings.Trim(digits.ReplaceAllString(w, ""), "+-") == ""
	switch count := utf8.RuneCountInString(strings.Join(digits.FindAllString(w, -1), "")); {
	case guid.MatchString(w) || day.MatchString(w):
		return w
	case len(w) > longToken && count > 0, number && count >= longNumber && !moment.MatchString(w):
		return removed
	case number:
		return w
	}
	return digits.ReplaceAllStringFunc(w, func(run string) string {
		if utf8.RuneCountInString(run) >= longRun && !moment.MatchString(run) {
			return removed
		}
		return run
	})
}
