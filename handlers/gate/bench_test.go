package gate_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// BenchmarkAuth measures a proxy's question without its connection.
func BenchmarkAuth(b *testing.B) {
	w := newFixture(b)
	h := w.server(func(c *gateConfig) { c.Log = nil })
	for _, e := range endpoints() {
		b.Run(e.name, func(b *testing.B) {
			r := e.describe(call{target: "/apps/sales/things", key: w.key["sales only"]})
			b.ReportAllocs()
			for b.Loop() {
				if got := ask(h, r); got.Code != http.StatusOK {
					b.Fatal(got.Code)
				}
			}
		})
	}
}

// BenchmarkVerify measures a program's question without its connection.
func BenchmarkVerify(b *testing.B) {
	w := newFixture(b)
	h := w.server(func(c *gateConfig) { c.Log = nil })
	body := `{"key":"` + w.key["good"] + `","method":"GET","path":"/ping","ip":"127.0.0.1"}`
	b.ReportAllocs()
	for b.Loop() {
		got := ask(h, httptest.NewRequest(http.MethodPost, "/v1/verify", strings.NewReader(body)))
		if got.Code != http.StatusOK {
			b.Fatal(got.Code)
		}
	}
}
