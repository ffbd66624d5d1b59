package secret

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"keywicket/models"
	"keywicket/models/turns"
)

func TestHashAndVerify(t *testing.T) {
	ctx := context.Background()
	p := NewPasswords(2)
	const password = "purple otter lamp é"
	phc, err := p.Hash(ctx, password)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(phc, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("the hash is %s", phc)
	}
	for in, want := range map[string]bool{
		password: true, "purple otter lamp e\u0301": true, // the same letter, typed in two parts
		"purple otter lamp e": false, "": false, password + " ": false, strings.ToUpper(password): false,
	} {
		if ok, err := p.Verify(ctx, phc, in); err != nil || ok != want {
			t.Errorf("Verify(%q) = %v, %v", in, ok, err)
		}
	}
	again, err := p.Hash(ctx, password)
	if err != nil || again == phc {
		t.Errorf("two hashes with one salt: %v", err)
	}
	if ok, err := p.Verify(ctx, "", password); ok || err != nil {
		t.Errorf("nobody's password is right: %v, %v", ok, err)
	}
	if ok, err := p.Verify(ctx, "", ""); ok || err != nil {
		t.Errorf("nobody's empty password is right: %v, %v", ok, err)
	}
}

func TestPasswordsAreNotCut(t *testing.T) {
	ctx := context.Background()
	p := NewPasswords(1)
	long := strings.Repeat("x", 1023)
	phc, err := p.Hash(ctx, long+"a")
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := p.Verify(ctx, phc, long+"b"); ok || err != nil {
		t.Errorf("the last of 1024 characters does not count: %v, %v", ok, err)
	}
	nul, err := p.Hash(ctx, "before\x00after")
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := p.Verify(ctx, nul, "before"); ok || err != nil {
		t.Errorf("what follows a NUL does not count: %v, %v", ok, err)
	}
}

func TestVerifyRefusesDamagedHashes(t *testing.T) {
	p := NewPasswords(1)
	const salt, sum = "c2FsdHNhbHRzYWx0c2FsdA", "aGFzaGhhc2hoYXNoaGFzaA"
	for _, phc := range []string{
		"x", "$argon2id$", "$argon2i$v=19$m=64,t=1,p=1$" + salt + "$" + sum,
		"$argon2id$v=16$m=64,t=1,p=1$" + salt + "$" + sum,
		"$argon2id$v=19$m=64,t=1$" + salt + "$" + sum,
		"$argon2id$v=19$m=0,t=1,p=1$" + salt + "$" + sum,
		"$argon2id$v=19$m=64,t=0,p=1$" + salt + "$" + sum,
		"$argon2id$v=19$m=64,t=1,p=0$" + salt + "$" + sum,
		"$argon2id$v=19$m=64,t=1,p=256$" + salt + "$" + sum,
		"$argon2id$v=19$m=4294967295,t=1,p=1$" + salt + "$" + sum,
		"$argon2id$v=19$m=64,t=4294967295,p=1$" + salt + "$" + sum,
		"$argon2id$v=19$t=1,m=64,p=1$" + salt + "$" + sum,
		"$argon2id$v=19$m=64,t=1,p=1$!$" + sum,
		"$argon2id$v=19$m=64,t=1,p=1$" + salt + "$!",
		"$argon2id$v=19$m=64,t=1,p=1$" + salt + "$",
		"$argon2id$v=19$m=64,t=1,p=1$c2E$" + sum,
		"$argon2id$v=19$m=64,t=1,p=1$" + salt + "$" + sum + "$",
	} {
		if ok, err := p.Verify(context.Background(), phc, "x"); ok || !errors.Is(err, ErrBadPasswordHash) {
			t.Errorf("%s: %v, %v", phc, ok, err)
		}
	}
}

// held is a Passwords of one slot whose work ends when release is closed.
func held() (p *Passwords, release chan struct{}) {
	p, release = NewPasswords(0), make(chan struct{}) // 0 counts as one
	derive := p.derive
	p.derive = func(password, salt []byte, a argonParams, n uint32) []byte {
		<-release
		a.memory, a.time = 8, 1
		return derive(password, salt, a, n)
	}
	return p, release
}

func TestPasswordsWaitForTheirTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, release := held()
		go func() { _, _ = p.Hash(context.Background(), "holds the slot") }()
		synctest.Wait()
		for name, work := range map[string]func(ctx context.Context) error{
			"Hash":           func(ctx context.Context) error { _, err := p.Hash(ctx, "x"); return err },
			"Verify":         func(ctx context.Context) error { _, err := p.Verify(ctx, testPHC, "x"); return err },
			"Verify, nobody": func(ctx context.Context) error { _, err := p.Verify(ctx, "", "x"); return err },
			"VerifyAny":      func(ctx context.Context) error { _, err := p.VerifyAny(ctx, []string{testPHC}, "x"); return err },
		} {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			if err := work(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("%s with an ended context: %v", name, err)
			}
			if err := work(context.Background()); models.CodeOf(err) != models.CodeUnavailable {
				t.Errorf("%s without a turn in time: %v", name, err)
			}
		}
		close(release)
		if _, err := p.Hash(context.Background(), "x"); err != nil {
			t.Errorf("the slot is not free: %v", err)
		}
	})
}

const testPHC = "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaA"

// A flood of wrong passwords from many networks fills the queue and no more,
// and keeps nobody out who got theirs right before, nor who comes for the first
// time once the networks of the flood have failed.
func TestPasswordsInAFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, release := held()
		from := func(i int, lane turns.Lane) context.Context {
			return turns.WithClient(context.Background(), netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 1}), lane)
		}
		known := func(person string) string { return testPHC[:len(testPHC)-1] + person }
		for i, person := range []string{"B", "C"} {
			p.history.Note(from(2000+i, turns.Fresh), known(person), true)
		}
		for i := range 1000 {
			p.history.Note(from(i, turns.Fresh), testPHC, false)
		}
		var refused, waited atomic.Int64
		var all sync.WaitGroup
		for i := range 1000 {
			all.Go(func() {
				if _, err := p.Verify(from(i, turns.Fresh), testPHC, "wrong"); models.CodeOf(err) == models.CodeUnavailable {
					refused.Add(1)
				}
				waited.Add(1)
			})
		}
		synctest.Wait()
		if got := waited.Load(); got != 1000-waitingPerSlot-1 || refused.Load() != got {
			t.Errorf("%d of 1000 were refused at once, %d with the right words", got, refused.Load())
		}
		var served atomic.Int64
		for i := range 20 {
			all.Go(func() {
				ctx, phc := from(3000+i, turns.Fresh), testPHC
				if i < 2 {
					ctx, phc = from(2000+i, turns.Fresh), known([]string{"B", "C"}[i])
				}
				if _, err := p.Verify(ctx, phc, "x"); err == nil {
					served.Add(1)
				}
			})
		}
		synctest.Wait()
		close(release)
		all.Wait()
		if served.Load() != 20 {
			t.Errorf("%d of 20 were served", served.Load())
		}
	})
}

func TestCheckPassword(t *testing.T) {
	hints := []string{"ada.lovelace@example.com", "Ada Lovelace", "Analytical Engines"}
	for _, good := range []string{
		"correct horse battery staple", "purple otter lamp", "Tr0ub4dor&3xx", "小明的密码是很长的一个密码",
		"vX9#kd02Lq!z", strings.Repeat("correct horse battery staple ", 35),
	} {
		err := CheckPassword(good, hints...)
		if strings.HasPrefix(good, "correct horse battery staple c") {
			wantKey(t, err, "errors.password.easy") // says the same again and again
		} else if err != nil {
			t.Errorf("%q is refused: %v", good, err)
		}
	}
	for bad, key := range map[string]string{
		"":                                  "errors.password.required",
		"short":                             "errors.password.short",
		"elevenchars":                       "errors.password.short",
		"短短短短短短短短短短短":                       "errors.password.short",
		"bad\xffbad\xffbad\xffbad":          "errors.text.encoding",
		strings.Repeat("vX9#kd02Lq!z", 100): "errors.password.long",
		"password1234":                      "errors.password.easy",
		"P@ssw0rd1234":                      "errors.password.easy",
		"123456789012":                      "errors.password.easy",
		"qwertyuiop12":                      "errors.password.easy",
		"aaaaaaaaaaaa":                      "errors.password.easy",
		"letmeinletmein":                    "errors.password.easy",
		"demo-demo-demo":                    "errors.password.easy",
		"abababababab":                      "errors.password.easy",
		"adalovelace1":                      "errors.password.easy",
		"ada.lovelace@example.com":          "errors.password.easy",
		"analyticalengines":                 "errors.password.easy",
		"ilovekeywicket":                    "errors.password.easy",
		"administrator1":                    "errors.password.easy",
	} {
		wantKey(t, CheckPassword(bad, hints...), key)
	}
}

func wantKey(t *testing.T, err error, key string) {
	t.Helper()
	var e *models.Error
	if !errors.As(err, &e) || e.Key != key || e.Field != "password" {
		t.Errorf("%v, want %s", err, key)
	}
}

func TestCheckPasswordTakesTheLongest(t *testing.T) {
	long := mint(t) + mint(t) + mint(t)
	for len(long) < MaxPasswordBytes {
		long += mint(t)
	}
	if err := CheckPassword(long[:MaxPasswordBytes]); err != nil {
		t.Error(err)
	}
	wantKey(t, CheckPassword(long[:MaxPasswordBytes]+"x"), "errors.password.long")
}
