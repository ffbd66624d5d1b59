// Package lookalike tells names and addresses apart that readers cannot, by the
// rules of Unicode Technical Standard 39.
package lookalike

import (
	"slices"
	"strings"
	"unicode"

	"github.com/mtibben/confusables"
	"golang.org/x/text/unicode/norm"
)

// Confusable reports whether a reader can mistake one text for the other: they
// are different, whatever the case of their letters, and look the same as they
// are written or in lower case.
func Confusable(a, b string) bool {
	if strings.EqualFold(plain(a), plain(b)) {
		return false
	}
	of := skeletons(b)
	return slices.ContainsFunc(skeletons(a), func(s string) bool { return slices.Contains(of, s) })
}

// skeletons are what all texts that look the same have in common: as they are
// written, and in lower case, because К looks like K and к does not like k.
func skeletons(s string) []string {
	s = plain(s)
	return []string{confusables.Skeleton(s), confusables.Skeleton(strings.ToLower(s))}
}

// plain is s without what has no glyph, and without other ways to write the same
// character.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) {
			return -1
		}
		return r
	}, norm.NFKC.String(s))
}

// MixesScripts reports whether a word of the text is written in scripts that no
// language writes together, such as Latin with Cyrillic letters. Chinese,
// Japanese and Korean are written with Latin letters too.
func MixesScripts(s string) bool {
	return slices.ContainsFunc(strings.FieldsFunc(s, notInWord), wordMixes)
}

func notInWord(r rune) bool { return !unicode.In(r, unicode.L, unicode.M) }

func wordMixes(word string) bool {
	var scripts []string
	for _, r := range word {
		if name := scriptOf(r); name != "" && !slices.Contains(scripts, name) {
			scripts = append(scripts, name)
		}
	}
	if len(scripts) < 2 {
		return false
	}
	return !slices.ContainsFunc(together(), func(set []string) bool {
		return !slices.ContainsFunc(scripts, func(name string) bool { return !slices.Contains(set, name) })
	})
}

// together are the sets of scripts that one word may be written in: the
// restriction level "Highly Restrictive".
func together() [][]string {
	return [][]string{{"Latin", "Han", "Hiragana", "Katakana"}, {"Latin", "Han", "Bopomofo"}, {"Latin", "Han", "Hangul"}}
}

// scriptOf returns the name of a letter's script, "" for what all scripts use.
func scriptOf(r rune) string {
	for name, table := range unicode.Scripts {
		if unicode.Is(table, r) {
			if name == "Common" || name == "Inherited" {
				return ""
			}
			return name
		}
	}
	return ""
}

// Index finds texts among many that look like another one. It holds them by
// what they have in common with those.
type Index map[string][]string

// NewIndex returns an index of the texts.
func NewIndex(texts []string) Index {
	x := Index{}
	for _, s := range texts {
		for _, key := range skeletons(s) {
			x[key] = append(x[key], s)
		}
	}
	return x
}

// Like returns a text of the index that a reader can mistake for s, "" for none.
func (x Index) Like(s string) string {
	for _, key := range skeletons(s) {
		for _, other := range x[key] {
			if Confusable(s, other) {
				return other
			}
		}
	}
	return ""
}
