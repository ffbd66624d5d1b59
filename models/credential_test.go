package models

import (
	"testing"
)

func TestCheckCredential(t *testing.T) {
	chosen := NewCredential{Kind: CredentialChosen, Username: " Bob ", Secret: "correct horse"}
	for _, c := range Channels() {
		for _, n := range []NewCredential{{Kind: CredentialPair, Username: "x", Secret: "y"}, chosen, {Kind: CredentialToken, Secret: "y"}} {
			got, err := CheckCredential(c, n)
			if n.Kind == CredentialToken && c != ChannelREST {
				wantRefusal(t, err, "credential", "errors.credential.token")
				continue
			}
			want := NewCredential{Kind: n.Kind}
			if n.Kind == CredentialChosen {
				want = NewCredential{Kind: CredentialChosen, Username: "Bob", Secret: "correct horse"}
			}
			if err != nil || got != want {
				t.Errorf("%s: %+v, %v", c, got, err)
			}
		}
	}
	_, err := CheckCredential("telnet", chosen)
	wantRefusal(t, err, "channel", "errors.choice")
	_, err = CheckCredential(ChannelFTP, NewCredential{})
	wantRefusal(t, err, "credential", "errors.choice")
}
