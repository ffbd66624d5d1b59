package secret

import (
	"context"
	"errors"
	"strings"
	"testing"

	"keywicket/models"
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

func TestPasswordsWaitForTheirTurn(t *testing.T) {
	p := NewPasswords(0) // counts as one
	p.slots <- struct{}{}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := p.Hash(ctx, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("Hash does not wait: %v", err)
	}
	for _, phc := range []string{"", "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaA"} {
		if _, err := p.Verify(ctx, phc, "x"); !errors.Is(err, context.Canceled) {
			t.Errorf("Verify(%q) does not wait: %v", phc, err)
		}
	}
	<-p.slots
	if _, err := p.Hash(context.Background(), "x"); err != nil {
		t.Errorf("the slot is not free: %v", err)
	}
	if len(p.slots) != 0 {
		t.Error("the slot was not given back")
	}
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
