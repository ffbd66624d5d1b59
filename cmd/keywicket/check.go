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

// The names of the flags of check.
const (
	flagGateURL  = "gate-url"
	flagChannel  = "channel"
	flagUsername = "username"
	flagIP       = "ip"
	flagAPI      = "api"
	flagApp      = "app"
	flagTimeout  = "timeout"
)

// The exit codes of check besides 0. Callers that only distinguish success and failure refuse in both cases.
const (
	exitDenied = 1
	exitFault  = 2 // no decision
)

// maxCredential is the limit of a credential in bytes, longer than any real one. The gate accepts requests of 16 KiB.
const maxCredential = 4 << 10

// errNotGate is the error of an answer that does not come from a gate.
var errNotGate = errors.New("the answer is not from a gate")

// exitError is an error with an exit code of its own.
type exitError struct {
	code  int
	cause error // nil: everything has been printed
}

// Error returns the message of the cause.
func (e exitError) Error() string {
	if e.cause == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.cause.Error()
}

// Unwrap returns the cause, which may be nil.
func (e exitError) Unwrap() error { return e.cause }

// checkCommand returns the check command.
func (p program) checkCommand() *cli.Command {
	text := func(name, value, usage string) *cli.StringFlag {
		return &cli.StringFlag{Name: name, Value: value, Usage: usage, Local: true}
	}
	return &cli.Command{
		Name:  "check",
		Usage: "check the credential on standard input against the running gate; for PAM and scripts",
		Description: "Exit codes: 0 allowed, 1 denied, 2 undecided (the gate did not answer or could not\n" +
			"decide, or a signal interrupted the command).\n" +
			"Under PAM (pam_exec with expose_authtok), the user name and the client's address\n" +
			"come from PAM_USER and PAM_RHOST.",
		Flags: []cli.Flag{
			&cli.StringFlag{
				Name: flagGateURL, Usage: "URL of the gate. Default: http:// and the address of --" + flagGateListen,
				Sources: p.source(flagGateURL), Local: true,
			},
			text(flagChannel, "rest", "channel of the request: rest, http, web_service, ftp or email"),
			text(flagUsername, "", "user name, for a pair of user name and password. Default: PAM_USER"),
			text(flagIP, "", "address of the client. Default: PAM_RHOST"),
			text(flagAPI, "", "name of the API in the API Catalogue; not needed to sign in (ftp, email)"),
			text(flagApp, "", "ID of the app"),
			&cli.DurationFlag{Name: flagTimeout, Value: 5 * time.Second, Usage: "how long to wait for the gate", Local: true},
			jsonFlag(),
		},
		Action: p.check,
		OnUsageError: func(ctx context.Context, cmd *cli.Command, err error, sub bool) error {
			return exitError{exitFault, usageError(ctx, cmd, err, sub)}
		},
	}
}

// check asks the gate and prints its answer. An error on the way is a fault, never a denial.
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

// checkQuestion is the request to the gate.
type checkQuestion struct {
	Key      string `json:"key"`
	Username string `json:"username,omitempty"`
	Channel  string `json:"channel"`
	API      string `json:"api,omitempty"`
	App      string `json:"app,omitempty"`
	IP       string `json:"ip,omitempty"`
}

// checkAnswer is the decision of the gate.
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

// String returns the answer as one line.
func (a checkAnswer) String() string {
	text := a.Reason + ": " + a.Message
	if a.Key != nil {
		text += fmt.Sprintf(" (key %s of %s)", a.Key.Sid, a.Key.Account)
	}
	return text
}

// askGate asks the gate about the credential on standard input.
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
		return checkAnswer{}, userError{
			what: "There is no decision from the gate at " + gate + ".", cause: err,
			do: "Check the options of this command and the server's log, or set the URL of the gate with --" + flagGateURL + ".",
		}
	}
	return answer, nil
}

// gateURL returns the URL of the gate without a slash at the end.
func gateURL(cmd *cli.Command) (string, error) {
	address := cmd.String(flagGateURL)
	if address == "" {
		return addressURL(cmd.String(flagGateListen)), nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", userError{what: fmt.Sprintf("--%s %q is not a URL.", flagGateURL, address), do: "Use a URL such as http://127.0.0.1:8081."}
	}
	return strings.TrimSuffix(address, "/"), nil
}

// question returns the request that standard input, the flags and PAM describe.
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
		return checkQuestion{}, exitError{exitDenied, userError{what: "The user name is not UTF-8, so no key has it."}}
	}
	return q, nil
}

// orPAM returns the value of a flag, or that of the variable of PAM if the flag is not set.
func (p program) orPAM(cmd *cli.Command, flag, variable string) string {
	if cmd.IsSet(flag) {
		return cmd.String(flag)
	}
	value, _ := p.env(variable)
	return value
}

// readCredential reads all of standard input. PAM ends it with a NUL byte; people and scripts end it with a line break.
func readCredential(in io.Reader) (string, error) {
	raw, err := io.ReadAll(io.LimitReader(in, maxCredential+1))
	if err != nil {
		return "", userError{what: "The credential cannot be read from standard input.", cause: err}
	}
	value, ended := bytes.CutSuffix(raw, []byte{0})
	if !ended {
		value = bytes.TrimSuffix(bytes.TrimSuffix(value, []byte("\n")), []byte("\r"))
	}
	if len(raw) > maxCredential || !utf8.Valid(value) || bytes.IndexByte(value, 0) >= 0 {
		return "", exitError{exitDenied, userError{what: "Standard input is not a credential.", do: "Send the credential in UTF-8, and nothing else."}}
	}
	return string(value), nil
}

// ask sends the question to the gate and nowhere else: it uses no proxy of the environment and follows no redirect.
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

// read parses the answer. It returns an error for everything that is not a complete and consistent decision.
func (a *checkAnswer) read(res *http.Response, body []byte) error {
	if res.StatusCode != http.StatusOK {
		var problem struct{ Detail string }
		_ = json.Unmarshal(body, &problem) // a proxy answers in another form
		return fmt.Errorf("it answered %s. %s", res.Status, problem.Detail)
	}
	if err := json.Unmarshal(body, a); err != nil {
		return fmt.Errorf("%w: %w", errNotGate, err)
	}
	if a.Reason == "" || a.Allowed != (a.Reason == "allowed") || a.Allowed != (len(a.Failed) == 0) {
		return errNotGate
	}
	return nil
}
