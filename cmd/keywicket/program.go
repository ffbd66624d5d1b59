package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"
)

// program is one run of keywicket and the world around it, so that tests run
// it with a world of their own.
type program struct {
	in  io.Reader
	out io.Writer // what was asked for: the set-up link, lists, JSON
	err io.Writer // logs and complaints
	env func(name string) (string, bool)

	// ready, when not nil, hears the addresses once both listeners serve.
	ready func(console, gate string)
}

// run does what args say (args[0] is the program's name) and returns when it
// is done or, for a server, when ctx ends and all is drained and stored. The
// error is to be shown by complain.
func (p program) run(ctx context.Context, args []string) error {
	out := &checkedWriter{w: p.out}
	p.out = out
	return out.outcome(p.commands().Run(ctx, args))
}

// complain shows an error to the person at the terminal: what is wrong, and on
// the next line what to do.
func (p program) complain(ctx context.Context, err error) {
	err = explain(ctx, err)
	text := strings.ReplaceAll(err.Error(), "\n", "\n  ")
	fmt.Fprintln(p.err, "keywicket: "+text)
}

// exitCode complains about what has not been said yet, and returns the code for
// the caller: 0 for what was done, otherwise 1 or the error's own.
func (p program) exitCode(ctx context.Context, err error) int {
	if err == nil {
		return 0
	}
	exit := exitError{code: 1, cause: err}
	if errors.As(err, &exit); exit.cause != nil {
		p.complain(ctx, exit.cause)
	}
	return exit.code
}

// commands is the tree of all commands. The flags of the root hold for every
// command; without a command it serves.
func (p program) commands() *cli.Command {
	root := &cli.Command{
		Name:  "keywicket",
		Usage: "a console for API keys, and the gate that enforces them",
		Description: "Without a command, serves the console on 127.0.0.1:8080 and the gate on\n" +
			"127.0.0.1:8081, with its data in ./data. Each flag can be given as an\n" +
			"environment variable too.",
		Version:                         version,
		Flags:                           p.flags(),
		Action:                          p.unchecked().serve,
		EnableShellCompletion:           true,
		ConfigureShellCompletionCommand: func(c *cli.Command) { c.Hidden = false; p.prepare(c) },
		ExitErrHandler:                  func(context.Context, *cli.Command, error) {},
		Reader:                          p.in,
		Writer:                          p.out,
		ErrWriter:                       p.err,
		Commands: []*cli.Command{
			{Name: "serve", Usage: "serve the console and the gate (the default)", Action: p.unchecked().serve},
			p.adminCommand(),
			p.keyCommand(),
			p.accountCommand(),
			p.auditCommand(),
			p.masterKeyCommand(),
			{
				Name: "routes", Usage: "list the console's and the gate's routes with who may use them",
				Flags: []cli.Flag{jsonFlag()}, Action: p.routes,
			},
			{
				Name: "backup", Usage: "write a consistent copy of the database to FILE, also while the server runs",
				ArgsUsage: "FILE", Action: p.backup,
				Description: "The copy holds no master key: keep that elsewhere. FILE must not exist.",
			},
			p.checkCommand(),
			{Name: "healthcheck", Usage: "ask the running server whether it can serve; exit code 0 when it can", Action: p.healthcheck},
			{Name: "doctor", Usage: "check the data folder, the database, the master key and the settings", Action: p.doctor},
			{Name: "version", Usage: "show the version", Action: p.version},
		},
	}
	p.prepare(root)
	return root
}

// prepare makes every command refuse what it does not understand in one line:
// words that are no command, arguments that it does not take, unknown flags.
// It also lets no command but a server succeed when it is told to end.
func (p program) prepare(c *cli.Command) {
	if c.OnUsageError == nil {
		c.OnUsageError = usageError
	}
	c.Suggest = true
	if c.Action == nil {
		c.Action = func(_ context.Context, cmd *cli.Command) error {
			if cmd.Args().Present() {
				return unknownCommand(cmd)
			}
			return cli.ShowSubcommandHelp(cmd)
		}
	} else if c.ArgsUsage == "" {
		act := c.Action
		c.Action = func(ctx context.Context, cmd *cli.Command) error {
			if cmd.Args().Present() {
				return c.OnUsageError(ctx, cmd, unknownCommand(cmd), false)
			}
			return act(ctx, cmd)
		}
	}
	if !isServer(c) {
		c.Action = finite(c)
	}
	for _, sub := range c.Commands {
		p.prepare(sub)
	}
}

func usageError(_ context.Context, cmd *cli.Command, err error, _ bool) error {
	if errors.As(err, new(refusal)) {
		return err
	}
	return refusal{what: strings.TrimSpace(err.Error()), do: fmt.Sprintf("See %s --help.", cmd.FullName())}
}

func unknownCommand(cmd *cli.Command) error {
	var names []string
	for _, c := range cmd.VisibleCommands() {
		names = append(names, c.Name)
	}
	slices.Sort(names)
	r := refusal{
		what: fmt.Sprintf("%s does not know %q.", cmd.FullName(), cmd.Args().First()),
		do:   fmt.Sprintf("See %s --help.", cmd.FullName()),
	}
	if len(names) > 0 {
		r.do = "It knows " + strings.Join(names, ", ") + "."
	}
	return r
}

// argument returns the one argument of a command.
func argument(cmd *cli.Command) (string, error) {
	if cmd.Args().Len() != 1 {
		return "", refusal{
			what: fmt.Sprintf("%s takes one argument: %s.", cmd.FullName(), cmd.ArgsUsage),
			do:   fmt.Sprintf("See %s --help.", cmd.FullName()),
		}
	}
	return cmd.Args().First(), nil
}

func jsonFlag() cli.Flag {
	return &cli.BoolFlag{Name: "json", Usage: "write JSON", Local: true}
}

// refusal is an error for the person at the terminal.
type refusal struct {
	what  string // what is wrong, a sentence
	do    string // what to do about it, a sentence; may be ""
	cause error
}

func (r refusal) Error() string {
	s := r.what
	if r.cause != nil && !errors.As(r.cause, new(refusal)) {
		s += "\n(" + r.cause.Error() + ")"
	}
	if r.do != "" {
		s += "\n" + r.do
	}
	return s
}

func (r refusal) Unwrap() error { return r.cause }
