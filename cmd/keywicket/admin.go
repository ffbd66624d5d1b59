package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/urfave/cli/v3"
	"golang.org/x/sys/unix"

	"keywicket/models"
	"keywicket/models/secret"
	"keywicket/models/store"
)

const (
	flagEmail        = "email"
	flagName         = "name"
	flagAccount      = "account"
	flagLanguage     = "language"
	flagNoPreset     = "no-preset"
	flagPasswordFile = "password-file"
)

func (p program) adminCommand() *cli.Command {
	text := func(name, value, usage string) cli.Flag {
		return &cli.StringFlag{Name: name, Value: value, Usage: usage, Local: true}
	}
	password := text(flagPasswordFile, "", "file of the password. "+envPassword+" holds it itself instead; without either it is asked for")
	return &cli.Command{
		Name: "admin", Usage: "make the owner, or let a person in again",
		Commands: []*cli.Command{
			{
				Name: "create", Usage: "make an account and its owner, instead of using the set-up link", Action: p.adminCreate,
				Flags: []cli.Flag{
					text(flagEmail, "", "the owner's e-mail address"), text(flagName, "", "the owner's name"),
					text(flagAccount, "", "the account's name"),
					text(flagLanguage, "", "the owner's language: en or zh-CN; by default the browser's"),
					&cli.BoolFlag{Name: flagNoPreset, Usage: "leave the API Catalogue empty", Local: true}, password,
				},
			},
			{
				Name: "reset-2fa", Usage: "take away a person's authenticator app, recovery codes and passkeys, and end their sessions", Action: p.adminResetSecondFactor,
				Flags:       []cli.Flag{text(flagEmail, "", "the person's e-mail address")},
				Description: "Their password alone signs them in again. Be sure that it is they who ask.",
			},
			{
				Name: "unlink-sso", Usage: "forget who a person is at the OpenID provider; their address links them anew", Action: p.adminUnlink,
				Flags: []cli.Flag{text(flagEmail, "", "the person's e-mail address")},
			},
			{
				Name: "reset-password", Usage: "give a person a new password, end their sessions and remove their passkeys", Action: p.adminResetPassword, ArgsUsage: "[EMAIL]",
				Flags: []cli.Flag{text(flagEmail, "", "the person's e-mail address"), password},
			},
		},
	}
}

func (p program) adminCreate(ctx context.Context, cmd *cli.Command) error {
	s, err := p.settings(cmd)
	if err != nil {
		return err
	}
	owner, err := newOwner(cmd)
	if err != nil {
		return err
	}
	if owner.PasswordHash, err = p.passwordHash(ctx, cmd, owner.Email, owner.Name, owner.AccountName); err != nil {
		return err
	}
	st, err := openStore(ctx, s, opening{create: true})
	if err != nil {
		return err
	}
	user, account, err := st.CreateOwner(ctx, "", owner)
	if err = errors.Join(err, st.Close()); err != nil {
		return err
	}
	fmt.Fprintf(p.out, "Made the account %s (/a/%s) and its owner %s.\n", account.Name, account.Slug, user.Email)
	return nil
}

// newOwner reads and cleans what the flags say about the owner.
func newOwner(cmd *cli.Command) (models.NewOwner, error) {
	var o models.NewOwner
	for _, f := range []string{flagEmail, flagName, flagAccount} {
		if strings.TrimSpace(cmd.String(f)) == "" {
			return o, refusal{what: fmt.Sprintf("%s needs --%s.", cmd.FullName(), f), do: fmt.Sprintf("See %s --help.", cmd.FullName())}
		}
	}
	var err error
	if o.Email, err = models.NormalizeEmail(cmd.String(flagEmail)); err != nil {
		return o, err
	}
	if o.Name, err = models.CleanName("name", cmd.String(flagName), true); err != nil {
		return o, err
	}
	if o.AccountName, err = models.CleanName("account", cmd.String(flagAccount), true); err != nil {
		return o, err
	}
	if o.Language = cmd.String(flagLanguage); !models.ValidLanguage(o.Language) {
		return o, refusal{what: fmt.Sprintf("--%s %q is no language.", flagLanguage, o.Language), do: "Use en or zh-CN."}
	}
	o.Preset = !cmd.Bool(flagNoPreset)
	return o, nil
}

func (p program) adminResetPassword(ctx context.Context, cmd *cli.Command) error {
	st, user, err := p.person(ctx, cmd)
	if err != nil {
		return err
	}
	defer func() { _ = st.Close() }() // what is written is on the disk
	passkeys, err := st.Passkeys(ctx, user.ID)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.err, "A new password ends all sessions of %s and removes their passkeys (now %d).\n", user.Email, len(passkeys))
	hash, err := p.passwordHash(ctx, cmd, user.Email, user.Name)
	if err != nil {
		return err
	}
	done, err := st.ResetPassword(ctx, user.ID, hash)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.out, "%s has a new password; %d sessions are ended and %d passkeys are removed%s.\n",
		user.Email, done.Sessions, len(done.Passkeys), inBrackets(done.Passkeys))
	return p.sayWhatStays(ctx, st, user)
}

// sayWhatStays names the ways in that a new password leaves as they are, and
// how to take them away.
func (p program) sayWhatStays(ctx context.Context, st *store.Store, user models.User) error {
	if user.TOTPSince != nil {
		fmt.Fprintf(p.out, "Their authenticator app, set up on %s, stays. If it may not be theirs: keywicket admin reset-2fa --email %s\n",
			user.TOTPSince.Format(time.DateOnly), user.Email)
	}
	linked, err := st.Linked(ctx, user.ID)
	if linked {
		fmt.Fprintf(p.out, "They can still sign in at the OpenID provider. To forget who they are there: keywicket admin unlink-sso --email %s\n", user.Email)
	}
	return err
}

// inBrackets lists names after a number of things, "" when there are none.
func inBrackets(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return " (" + strings.Join(names, ", ") + ")"
}

func (p program) adminResetSecondFactor(ctx context.Context, cmd *cli.Command) error {
	st, user, err := p.person(ctx, cmd)
	if err != nil {
		return err
	}
	passkeys, err := st.ResetSecondFactor(ctx, user.ID)
	if err = errors.Join(err, st.Close()); err != nil {
		return err
	}
	fmt.Fprintf(p.out, "%s signs in with the password alone; %d passkeys are removed and all sessions of theirs are ended.\n", user.Email, passkeys)
	return nil
}

func (p program) adminUnlink(ctx context.Context, cmd *cli.Command) error {
	st, user, err := p.person(ctx, cmd)
	if err != nil {
		return err
	}
	n, err := st.UnlinkIdentities(ctx, user.ID)
	if err = errors.Join(err, st.Close()); err != nil {
		return err
	}
	if n == 0 {
		fmt.Fprintf(p.out, "%s was not linked.\n", user.Email)
		return nil
	}
	fmt.Fprintf(p.out, "%s is linked no longer; the next sign-in with that address links anew.\n", user.Email)
	return nil
}

// person opens the database and finds the person that --email names.
func (p program) person(ctx context.Context, cmd *cli.Command) (*store.Store, models.User, error) {
	var user models.User
	s, err := p.settings(cmd)
	if err != nil {
		return nil, user, err
	}
	typed := cmp.Or(cmd.String(flagEmail), cmd.Args().First())
	email, err := models.SignInEmail(typed)
	if err != nil {
		return nil, user, err
	}
	st, err := openStore(ctx, s, opening{})
	if err != nil {
		return nil, user, err
	}
	user, err = st.UserByEmail(ctx, typed)
	if models.CodeOf(err) == models.CodeNotFound {
		err = refusal{what: fmt.Sprintf("Nobody here has the e-mail address %s.", email), do: "Check how it is written."}
	}
	if err != nil {
		return nil, user, errors.Join(err, st.Close())
	}
	return st, user, nil
}

// passwordHash takes the new password from the environment, a file or the
// terminal, checks it and hashes it. It is never an argument.
func (p program) passwordHash(ctx context.Context, cmd *cli.Command, hints ...string) (string, error) {
	password, err := p.secret(envPassword, cmd.String(flagPasswordFile))
	if err != nil {
		return "", err
	}
	if password == "" {
		if password, err = p.ask(ctx, "New password: "); err != nil {
			return "", err
		}
	}
	if err := secret.CheckPassword(password, hints...); err != nil {
		return "", err
	}
	return secret.NewPasswords(1).Hash(ctx, password)
}

// ask reads one line, unseen where the input is a terminal.
func (p program) ask(ctx context.Context, prompt string) (string, error) {
	show := func() {}
	if f, ok := p.in.(*os.File); ok {
		if restore, err := hideInput(f); err == nil {
			fmt.Fprint(p.err, prompt)
			show = func() { restore(); fmt.Fprintln(p.err) }
		}
	}
	line, err := await(ctx, func() (string, error) {
		return bufio.NewReader(io.LimitReader(p.in, 1<<16)).ReadString('\n')
	})
	show()
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	line = strings.TrimRight(line, "\r\n")
	if line == "" {
		return "", refusal{what: "There is no password.", do: "Type one, or give " + envPassword + "_FILE."}
	}
	return line, nil
}

// hideInput switches the terminal's echo off until restore is called. It
// fails where f is no terminal.
func hideInput(f *os.File) (restore func(), err error) {
	fd := int(f.Fd())
	old, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return nil, err
	}
	hidden := *old
	hidden.Lflag &^= unix.ECHO
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, &hidden); err != nil {
		return nil, err
	}
	return func() { _ = unix.IoctlSetTermios(fd, unix.TCSETS, old) }, nil // a terminal that is gone needs no echo
}
