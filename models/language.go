package models

// ValidLanguage reports whether a person or an account may choose the language;
// "" leaves it to the account, or to the browser.
func ValidLanguage(s string) bool { return s == "" || s == "en" || s == "zh-CN" }
