package signin

import "strings"

// device names the browser and the system of a User-Agent header, as far as a
// person needs them to know their own sessions: "Firefox · Windows". What it
// does not know is left out; "" when that is everything.
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

// browsers are in the order in which their marks have to be looked for: most
// browsers call themselves several names.
func browsers() [][2]string {
	return [][2]string{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"FxiOS", "Firefox"},
		{"Chrome/", "Chrome"}, {"CriOS", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"},
	}
}

func systems() [][2]string {
	return [][2]string{
		{"Windows", "Windows"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"},
		{"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
	}
}
