package models

// ValidLanguage reports whether a person or an account may choose the language;
// "" leaves it to the account, or to the browser.
func ValidLanguage(s string) bool { return s == "" || s == "en" || s == "zh-CN" }

// CheckLanguage refuses, at field "language", what ValidLanguage does not allow.
func CheckLanguage(s string) error {
	if !ValidLanguage(s) {
		return Refuse(CodeInvalid, "language", "errors.choice")
	}
	return nil
}
