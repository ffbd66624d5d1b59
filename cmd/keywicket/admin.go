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

// The names of the flags of admin.
const (
	flagEmail        = "email"
	flagName         = "name"
	flagAccount      = "account"
	flagLanguage     = "language"
	flagNoPreset     = "no-preset"
	flagPasswordFile = "password-file"
)

// adminCommand returns the admin command.
func (p program) adminCommand() *cli.Command {
	text := func(name, value, usage string) cli.Flag {
		return &cli.StringFlag{Name: name, Value: value, Usage: usage, Local: true}
	}
	password := text(flagPasswordFile, "", "file with the password. Or set "+envPassword+" to the password itself. Without either, the command asks for it")
	return &cli.Command{
		Name: "admin", Usage: "create the owner, or help a person who cannot sign in",
		Commands: []*cli.Command{
			{
				Name: "create", Usage: "create an account and its owner without the setup link", Action: p.adminCreate,
				Flags: []cli.Flag{
					text(flagEmail, "", "e-mail address of the owner"), text(flagName, "", "name of the owner"),
					text(flagAccount, "", "name of the account"),
					text(flagLanguage, "", "language of the owner: en or zh-CN. Default: the browser's"),
					&cli.BoolFlag{Name: flagNoPreset, Usage: "start with an empty API Catalogue", Local: true}, password,
				},
			},
			{
				Name: "reset-2fa", Usage: "remove a person's authenticator app, recovery codes and passkeys, and end their sessions", Action: p.adminResetSecondFactor,
				Flags:       []cli.Flag{text(flagEmail, "", "e-mail address of the person")},
				Description: "Afterwards the password alone is enough to sign in. Verify the person's identity first.",
			},
			{
				Name: "unlink-sso", Usage: "unlink a person from the OpenID provider; their next sign-in there links them again", Action: p.adminUnlink,
				Flags: []cli.Flag{text(flagEmail, "", "e-mail address of the person")},
			},
			{
				Name: "reset-password", Usage: "set a person's password, end their sessions and remove their passkeys", Action: p.adminResetPassword, ArgsUsage: "[EMAIL]",
				Flags: []cli.Flag{text(flagEmail, "", "e-mail address of the person"), password},
			},
		},
	}
}

// adminCreate creates an account and its owner.
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
	fmt.Fprintf(p.out, "Created the account %s (/a/%s) and its owner %s.\n", account.Name, account.Slug, user.Email)
	return nil
}

// newOwner returns the owner that the flags describe, cleaned and checked.
func newOwner(cmd *cli.Command) (models.NewOwner, error) {
	var o models.NewOwner
	for _, f := range []string{flagEmail, flagName, flagAccount} {
		if strings.TrimSpace(cmd.String(f)) == "" {
			return o, userError{what: fmt.Sprintf("%s requires --%s.", cmd.FullName(), f), do: fmt.Sprintf("See %s --help.", cmd.FullName())}
		}
	}
	if language := cmd.String(flagLanguage); !models.ValidLanguage(language) {
		return o, userError{what: fmt.Sprintf("--%s %q is not a language of the console.", flagLanguage, language), do: "Use en or zh-CN."}
	}
	return models.CheckOwner(models.NewOwner{
		AccountName: cmd.String(flagAccount), Name: cmd.String(flagName), Email: cmd.String(flagEmail),
		Language: cmd.String(flagLanguage), Preset: !cmd.Bool(flagNoPreset),
	})
}

// adminResetPassword sets a person's password.
func (p program) adminResetPassword(ctx context.Context, cmd *cli.Command) error {
	return p.withPerson(ctx, cmd, func(st *store.Store, user models.User) error {
		passkeys, err := st.Passkeys(ctx, user.ID)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.err, "A new password ends all sessions of %s and removes their passkeys (currently %d).\n", user.Email, len(passkeys))
		hash, err := p.passwordHash(ctx, cmd, user.Email, user.Name)
		if err != nil {
			return err
		}
		done, err := st.ResetPassword(ctx, user.ID, hash)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.out, "Set a new password for %s, ended %d sessions and removed %d passkeys%s.\n",
			user.Email, done.Sessions, len(done.Passkeys), parenthesized(done.Passkeys))
		return p.printOtherSignIns(ctx, st, user)
	})
}

// printOtherSignIns prints which other ways to sign in still work after a new password, and how to remove them.
func (p program) printOtherSignIns(ctx context.Context, st *store.Store, user models.User) error {
	if user.TOTPSince != nil {
		fmt.Fprintf(p.out, "Their authenticator app, set up on %s, still works. If it might not be theirs, run: keywicket admin reset-2fa --email %s\n",
			user.TOTPSince.Format(time.DateOnly), user.Email)
	}
	linked, err := st.Linked(ctx, user.ID)
	if linked {
		fmt.Fprintf(p.out, "They can still sign in with the OpenID provider. To unlink them, run: keywicket admin unlink-sso --email %s\n", user.Email)
	}
	return err
}

// parenthesized returns names as a list in parentheses, or "" if there are none.
func parenthesized(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return " (" + strings.Join(names, ", ") + ")"
}

// adminResetSecondFactor removes a person's second factors.
func (p program) adminResetSecondFactor(ctx context.Context, cmd *cli.Command) error {
	return p.withPerson(ctx, cmd, func(st *store.Store, user models.User) error {
		passkeys, err := st.ResetSecondFactor(ctx, user.ID)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.out, "%s now signs in with the password alone. Removed %d passkeys and ended all sessions.\n", user.Email, passkeys)
		return nil
	})
}

// adminUnlink unlinks a person from the OpenID provider.
func (p program) adminUnlink(ctx context.Context, cmd *cli.Command) error {
	return p.withPerson(ctx, cmd, func(st *store.Store, user models.User) error {
		n, err := st.UnlinkIdentities(ctx, user.ID)
		switch {
		case err != nil:
			return err
		case n == 0:
			fmt.Fprintf(p.out, "%s was not linked.\n", user.Email)
		default:
			fmt.Fprintf(p.out, "Unlinked %s. The next sign-in with that address at the provider links it again.\n", user.Email)
		}
		return nil
	})
}

// withPerson opens the data folder, in which a server may be running, and calls do with the person that --email or the
// argument names.
func (p program) withPerson(ctx context.Context, cmd *cli.Command, do func(*store.Store, models.User) error) error {
	email := strings.TrimSpace(cmp.Or(cmd.String(flagEmail), cmd.Args().First()))
	if _, err := models.SignInEmail(email); err != nil {
		return err
	}
	return p.withStore(ctx, cmd, func(_ settings, st *store.Store) error {
		user, err := personByEmail(ctx, st, email)
		if err != nil {
			return err
		}
		return do(st, user)
	})
}

// personByEmail returns the person with the e-mail address, or an error if there is none.
func personByEmail(ctx context.Context, st *store.Store, email string) (models.User, error) {
	user, err := st.UserByEmail(ctx, email)
	if models.CodeOf(err) == models.CodeNotFound {
		err = userError{what: fmt.Sprintf("Nobody has the e-mail address %s.", email), do: "Check the spelling."}
	}
	return user, err
}

// passwordHash reads the new password from the environment, a file or the terminal, never from an argument. It returns
// the hash, or an error if the password is too weak.
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

// ask reads one line. A terminal does not show it.
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
		return "", userError{what: "The password is empty.", do: "Type one, or set " + envPassword + "_FILE."}
	}
	return line, nil
}

// hideInput turns the echo of a terminal off until restore is called. It returns an error if f is not a terminal.
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
	return func() { _ = unix.IoctlSetTermios(fd, unix.TCSETS, old) }, nil // fails only if the terminal is gone
}
