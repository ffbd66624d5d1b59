// Package lookalike finds names and addresses that readers can mistake for each other, by the rules of Unicode
// Technical Standard 39.
package lookalike

import (
	"slices"
	"strings"
	"unicode"

	"github.com/mtibben/confusables"
	"golang.org/x/text/unicode/norm"
)

// Confusable reports whether a reader can mistake one text for the other: they differ in more than case, but look the
// same as written or in lower case.
func Confusable(a, b string) bool {
	if strings.EqualFold(plain(a), plain(b)) {
		return false
	}
	of := skeletons(b)
	return slices.ContainsFunc(skeletons(a), func(s string) bool { return slices.Contains(of, s) })
}

// skeletons returns the keys that s shares with every text that looks the same: one for the text as written, and one
// for it in lower case, because К looks like K but к does not look like k.
func skeletons(s string) []string {
	s = plain(s)
	return []string{confusables.Skeleton(s), confusables.Skeleton(strings.ToLower(s))}
}

// plain returns s in NFKC, without characters that have no glyph.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) {
			return -1
		}
		return r
	}, norm.NFKC.String(s))
}

// MixesScripts reports whether a word of the text mixes scripts that no language mixes, such as Latin and Cyrillic.
// Chinese, Japanese and Korean can be mixed with Latin.
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

// together returns the sets of scripts that one word can mix: the restriction level "Highly Restrictive".
func together() [][]string {
	return [][]string{{"Latin", "Han", "Hiragana", "Katakana"}, {"Latin", "Han", "Bopomofo"}, {"Latin", "Han", "Hangul"}}
}

// scriptOf returns the script of a letter, "" for letters that all scripts use.
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

// Index finds texts that look like a given one. It maps skeletons to texts.
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

// Like returns a text of the index that a reader can mistake for s, or "".
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
