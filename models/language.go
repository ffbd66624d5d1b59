package models

// ValidLanguage reports whether a person or an account can choose the language. "" stands for the account's or the
// browser's.
func ValidLanguage(s string) bool { return s == "" || s == "en" || s == "zh-CN" }

// CheckLanguage returns an error at field "language" if ValidLanguage reports false.
func CheckLanguage(s string) error {
	if !ValidLanguage(s) {
		return Refuse(CodeInvalid, "language", "errors.choice")
	}
	return nil
}
