package signin

import "strings"

// device returns the browser and the system in a User-Agent header, in a form
// in which users recognize their sessions: "Firefox · Windows". It leaves out
// what it does not know, and returns "" if it knows neither.
func device(userAgent string) string {
	var parts []string
	for _, table := range [][][2]string{browsers(), systems()} {
		for _, row := range table {
			if strings.Contains(userAgent, row[0]) {
				parts = append(parts, row[1])
				break
			}
		}
	}
	return strings.Join(parts, " · ")
}

// browsers returns marks and names of browsers. The order matters, because most
// browsers also contain the marks of others.
func browsers() [][2]string {
	return [][2]string{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"FxiOS", "Firefox"},
		{"Chrome/", "Chrome"}, {"CriOS", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"},
	}
}

// systems returns marks and names of operating systems, in the order in which
// they are tried.
func systems() [][2]string {
	return [][2]string{
		{"Windows", "Windows"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"},
		{"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
	}
}
