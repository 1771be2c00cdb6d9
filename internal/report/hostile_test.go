package report

import (
	"reflect"
	"strings"
	"testing"

	"tieout/internal/money"
)

// hostileText holds what must not get through: markup, a formula, terminal escapes, control characters, marks that turn the reading
// direction, invisible characters, broken UTF-8, emoji.
const hostileText = "=cmd|' /C calc'!A0;=1+1<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\x1b[31m\x1b]0;x\x07\x00\x7f\u009b31m\u202etxt.exe\u2066\u200b\u00ad\u2028\ufeff\U000E0041👩‍💻אבג\xff\r\n\t"

// sampleHostile is a document whose every text is hostile, some of them very long.
func sampleHostile(t testing.TB) *Document {
	doc := sampleSmall(t)
	doc.Review, doc.Rechecks = sampleApproved(t).Review, sampleApproved(t).Rechecks
	n := 0
	poison(reflect.ValueOf(doc).Elem(), func() string {
		n++
		if n%5 == 0 {
			return hostileText + strings.Repeat("ä€😀x", 2500)
		}
		return hostileText
	})
	doc.Outcome = "findings"
	return doc
}

// poison replaces every text inside v.
func poison(v reflect.Value, next func() string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(next())
	case reflect.Pointer:
		if !v.IsNil() {
			poison(v.Elem(), next)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[money.Amount]() {
			return
		}
		for i := range v.NumField() {
			poison(v.Field(i), next)
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i), next)
		}
	case reflect.Map:
		poisoned := reflect.MakeMap(v.Type())
		for _, key := range v.MapKeys() {
			value := reflect.New(v.Type().Elem()).Elem()
			value.Set(v.MapIndex(key))
			poison(value, next)
			poisoned.SetMapIndex(reflect.ValueOf(next()+key.String()), value)
		}
		if v.Len() > 0 {
			v.Set(poisoned)
		}
	}
}
