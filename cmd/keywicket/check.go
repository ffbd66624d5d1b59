package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/urfave/cli/v3"
)

// The names of check's own flags.
const (
	flagGateURL  = "gate-url"
	flagChannel  = "channel"
	flagUsername = "username"
	flagIP       = "ip"
	flagAPI      = "api"
	flagApp      = "app"
	flagTimeout  = "timeout"
)

// The exit codes of check. A caller that knows but success and failure refuses
// in both of the latter cases.
const (
	exitDenied = 1
	exitFault  = 2
)

// maxCredential is more than any credential has; the gate takes 16 KiB in all.
const maxCredential = 4 << 10

// errNotAnswered is an answer that the gate does not give.
var errNotAnswered = errors.New("what answers is no gate")

// exitError is an error with an exit code of its own.
type exitError struct {
	code  int
	cause error // nil: all has been said
}

func (e exitError) Error() string {
	if e.cause == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.cause.Error()
}

func (e exitError) Unwrap() error { return e.cause }

func (p program) checkCommand() *cli.Command {
	text := func(name, value, usage string) *cli.StringFlag {
		return &cli.StringFlag{Name: name, Value: value, Usage: usage, Local: true}
	}
	return &cli.Command{
		Name:  "check",
		Usage: "ask the running gate about a credential, for PAM and scripts; the credential comes on standard input",
		Description: "Exit code 0: allowed. 1: denied. 2: not decided: the gate does not answer,\n" +
			"or cannot, or a signal came first.\n" +
			"Under PAM (pam_exec with expose_authtok) the user name and the client's\n" +
			"address come from PAM_USER and PAM_RHOST.",
		Flags: []cli.Flag{
			&cli.StringFlag{
				Name: flagGateURL, Usage: "where the gate is. Default: http:// and the address of --" + flagGateListen,
				Sources: p.source(flagGateURL), Local: true,
			},
			text(flagChannel, "rest", "rest, http, web_service, ftp or email"),
			text(flagUsername, "", "user name of a pair of credentials. Default: PAM_USER"),
			text(flagIP, "", "the client's address. Default: PAM_RHOST"),
			text(flagAPI, "", "name of the call in the API Catalogue; not needed for a log-in (ftp, email)"),
			text(flagApp, "", "the app id"),
			&cli.DurationFlag{Name: flagTimeout, Value: 5 * time.Second, Usage: "how long to wait for the gate", Local: true},
			jsonFlag(),
		},
		Action: p.check,
		OnUsageError: func(ctx context.Context, cmd *cli.Command, err error, sub bool) error {
			return exitError{exitFault, usageError(ctx, cmd, err, sub)}
		},
	}
}

// check asks the gate and says what it answers. What goes wrong on the way is
// never a denial.
func (p program) check(ctx context.Context, cmd *cli.Command) error {
	answer, err := p.askGate(ctx, cmd)
	if exit := new(exitError); errors.As(err, exit) {
		return err
	}
	if err != nil {
		return exitError{exitFault, err}
	}
	if cmd.Bool("json") {
		err = writeJSON(p.out, answer)
	} else {
		_, err = fmt.Fprintln(p.out, answer)
	}
	if err != nil {
		return exitError{exitFault, err}
	}
	if !answer.Allowed {
		return exitError{code: exitDenied}
	}
	return nil
}

// checkQuestion is what the gate is asked.
type checkQuestion struct {
	Key      string `json:"key"`
	Username string `json:"username,omitempty"`
	Channel  string `json:"channel"`
	API      string `json:"api,omitempty"`
	App      string `json:"app,omitempty"`
	IP       string `json:"ip,omitempty"`
}

// checkAnswer is the gate's decision.
type checkAnswer struct {
	Allowed bool     `json:"allowed"`
	Reason  string   `json:"reason"`
	Failed  []string `json:"failed"`
	Message string   `json:"message"`
	Key     *struct {
		Sid     string `json:"sid"`
		Name    string `json:"name"`
		Account string `json:"account"`
	} `json:"key"`
}

// String is the answer in one line.
func (a checkAnswer) String() string {
	text := a.Reason + ": " + a.Message
	if a.Key != nil {
		text += fmt.Sprintf(" (key %s of %s)", a.Key.Sid, a.Key.Account)
	}
	return text
}

func (p program) askGate(ctx context.Context, cmd *cli.Command) (checkAnswer, error) {
	gate, err := gateURL(cmd)
	if err != nil {
		return checkAnswer{}, err
	}
	token, err := p.secret(envGateToken, cmd.String(flagGateTokenFile))
	if err != nil {
		return checkAnswer{}, err
	}
	question, err := p.question(ctx, cmd)
	if err != nil {
		return checkAnswer{}, err
	}
	answer, err := question.ask(ctx, cmd.Duration(flagTimeout), gate, token)
	if err != nil && ctx.Err() != nil {
		return checkAnswer{}, ctx.Err()
	}
	if err != nil {
		return checkAnswer{}, refusal{
			what: "The gate does not answer at " + gate + ".", cause: err,
			do: "Look into the server's log, or name its address with --" + flagGateURL + ".",
		}
	}
	return answer, nil
}

// gateURL is the gate's address without a slash at its end.
func gateURL(cmd *cli.Command) (string, error) {
	address := cmd.String(flagGateURL)
	if address == "" {
		return addressURL(cmd.String(flagGateListen)), nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", refusal{what: fmt.Sprintf("--%s %q is no address.", flagGateURL, address), do: "Write it such as http://127.0.0.1:8081."}
	}
	return strings.TrimSuffix(address, "/"), nil
}

func (p program) question(ctx context.Context, cmd *cli.Command) (checkQuestion, error) {
	credential, err := await(ctx, func() (string, error) { return readCredential(p.in) })
	if err != nil {
		return checkQuestion{}, err
	}
	q := checkQuestion{
		Key: credential, Channel: cmd.String(flagChannel), API: cmd.String(flagAPI), App: cmd.String(flagApp),
		Username: p.orPAM(cmd, flagUsername, "PAM_USER"), IP: p.orPAM(cmd, flagIP, "PAM_RHOST"),
	}
	if !utf8.ValidString(q.Username) {
		return checkQuestion{}, exitError{exitDenied, refusal{what: "The user name is not UTF-8, so there is no such key."}}
	}
	return q, nil
}

// orPAM is the value of a flag, or what PAM says where it is not given.
func (p program) orPAM(cmd *cli.Command, flag, variable string) string {
	if cmd.IsSet(flag) {
		return cmd.String(flag)
	}
	value, _ := p.env(variable)
	return value
}

// readCredential reads all of standard input. PAM ends it with a NUL, people
// and scripts end it with a line break.
func readCredential(in io.Reader) (string, error) {
	raw, err := io.ReadAll(io.LimitReader(in, maxCredential+1))
	if err != nil {
		return "", refusal{what: "The credential cannot be read from standard input.", cause: err}
	}
	value, ended := bytes.CutSuffix(raw, []byte{0})
	if !ended {
		value = bytes.TrimSuffix(bytes.TrimSuffix(value, []byte("\n")), []byte("\r"))
	}
	if len(raw) > maxCredential || !utf8.Valid(value) || bytes.IndexByte(value, 0) >= 0 {
		return "", exitError{exitDenied, refusal{what: "What comes on standard input is no credential.", do: "Send one, in UTF-8, and nothing else."}}
	}
	return string(value), nil
}

// ask sends the question. The credential goes nowhere but to the gate: no
// proxy of the environment stands between, and no redirect is followed.
func (q checkQuestion) ask(ctx context.Context, timeout time.Duration, gate, token string) (checkAnswer, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var answer checkAnswer
	body, err := json.Marshal(q)
	if err != nil {
		return answer, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, gate+"/v1/verify", bytes.NewReader(body))
	if err != nil {
		return answer, err
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("X-Keywicket-Token", token)
	}
	client := http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	res, err := client.Do(req)
	if err != nil {
		return answer, err
	}
	raw, err := io.ReadAll(io.LimitReader(res.Body, 1<<16))
	if err := errors.Join(err, res.Body.Close()); err != nil {
		return answer, err
	}
	err = answer.read(res, raw)
	return answer, err
}

// read takes nothing for a decision that is not one in every respect.
func (a *checkAnswer) read(res *http.Response, body []byte) error {
	if res.StatusCode != http.StatusOK {
		var problem struct{ Detail string }
		_ = json.Unmarshal(body, &problem) // a proxy in between answers otherwise
		return fmt.Errorf("it answers %s. %s", res.Status, problem.Detail)
	}
	if err := json.Unmarshal(body, a); err != nil {
		return fmt.Errorf("%w: %w", errNotAnswered, err)
	}
	if a.Reason == "" || a.Allowed != (a.Reason == "allowed") || a.Allowed != (len(a.Failed) == 0) {
		return errNotAnswered
	}
	return nil
}
