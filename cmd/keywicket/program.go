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

// program is one run of keywicket with its input, output and environment, which tests replace.
type program struct {
	in  io.Reader
	out io.Writer // results: the setup link, lists, JSON
	err io.Writer // logs and errors
	env func(name string) (string, bool)

	// ready, if not nil, is called with both addresses once both listeners serve.
	ready func(console, gate string)
}

// run executes the command line args, in which args[0] is the program's name. It returns when the command is done; a
// server returns when ctx ends, after it has drained. printError prints the error.
func (p program) run(ctx context.Context, args []string) error {
	out := &checkedWriter{w: p.out}
	p.out = out
	return out.outcome(p.commands().Run(ctx, args))
}

// printError prints what is wrong and, on the next line, what to do.
func (p program) printError(ctx context.Context, err error) {
	err = explain(ctx, err)
	text := strings.ReplaceAll(err.Error(), "\n", "\n  ")
	fmt.Fprintln(p.err, "keywicket: "+text)
}

// exitCode prints err, if it has not been printed yet, and returns the exit code: 0 for nil, 1 or the error's own code
// otherwise.
func (p program) exitCode(ctx context.Context, err error) int {
	if err == nil {
		return 0
	}
	exit := exitError{code: 1, cause: err}
	if errors.As(err, &exit); exit.cause != nil {
		p.printError(ctx, exit.cause)
	}
	return exit.code
}

// commands returns the tree of commands. Every command accepts the flags of the root, which itself serves.
func (p program) commands() *cli.Command {
	root := &cli.Command{
		Name:  "keywicket",
		Usage: "a console for API keys and the gate that enforces them",
		Description: "Without a command, keywicket serves the console on 127.0.0.1:8080 and the gate on\n" +
			"127.0.0.1:8081, and keeps its data in ./data. You can also set each global option\n" +
			"as an environment variable.",
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
			{Name: "serve", Usage: "serve the console and the gate (default)", Action: p.unchecked().serve},
			p.adminCommand(),
			p.keyCommand(),
			p.accountCommand(),
			p.auditCommand(),
			p.masterKeyCommand(),
			{
				Name: "routes", Usage: "list the routes of the console and the gate, and who may use them",
				Flags: []cli.Flag{jsonFlag()}, Action: p.routes,
			},
			{
				Name: "backup", Usage: "write a consistent copy of the database to FILE; the server can keep running",
				ArgsUsage: "FILE", Action: p.backup,
				Description: "The copy does not contain the master key: store that separately. FILE must not exist.",
			},
			p.checkCommand(),
			{Name: "healthcheck", Usage: "check whether the running server is ready; exit code 0 means ready", Action: p.healthcheck},
			{Name: "doctor", Usage: "check the data folder, the database, the master key and the settings", Action: p.doctor},
			{Name: "version", Usage: "print the version", Action: p.version},
		},
	}
	p.prepare(root)
	return root
}

// prepare makes c and its subcommands reject unknown commands, arguments and flags with one line, and fail when a signal
// interrupts them. For a server, a signal is a normal end.
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
		c.Action = interruptible(c)
	}
	for _, sub := range c.Commands {
		p.prepare(sub)
	}
}

// usageError returns err with a hint at the command's help.
func usageError(_ context.Context, cmd *cli.Command, err error, _ bool) error {
	if errors.As(err, new(userError)) {
		return err
	}
	return userError{what: strings.TrimSpace(err.Error()), do: fmt.Sprintf("See %s --help.", cmd.FullName())}
}

// unknownCommand returns the error of a word that is neither a subcommand nor an argument of cmd.
func unknownCommand(cmd *cli.Command) error {
	var names []string
	for _, c := range cmd.VisibleCommands() {
		names = append(names, c.Name)
	}
	if len(names) == 0 {
		return userError{
			what: fmt.Sprintf("Unexpected argument %q.", cmd.Args().First()),
			do:   fmt.Sprintf("See %s --help.", cmd.FullName()),
		}
	}
	slices.Sort(names)
	return userError{
		what: fmt.Sprintf("Unknown command %q.", cmd.Args().First()),
		do:   fmt.Sprintf("The commands of %s are %s.", cmd.FullName(), strings.Join(names, ", ")),
	}
}

// argument returns the one argument of a command, or an error if it has none or several.
func argument(cmd *cli.Command) (string, error) {
	if cmd.Args().Len() != 1 {
		return "", userError{
			what: fmt.Sprintf("%s requires one argument: %s.", cmd.FullName(), cmd.ArgsUsage),
			do:   fmt.Sprintf("See %s --help.", cmd.FullName()),
		}
	}
	return cmd.Args().First(), nil
}

// jsonFlag returns the flag of commands whose output can be JSON.
func jsonFlag() cli.Flag {
	return &cli.BoolFlag{Name: "json", Usage: "print JSON", Local: true}
}

// userError is an error that tells the person at the terminal what to do.
type userError struct {
	what  string // what is wrong: a sentence
	do    string // what to do about it: a sentence, or ""
	cause error
}

// Error returns what is wrong, the cause and what to do, one line each.
func (r userError) Error() string {
	s := r.what
	if r.cause != nil && !errors.As(r.cause, new(userError)) {
		s += "\n(" + r.cause.Error() + ")"
	}
	if r.do != "" {
		s += "\n" + r.do
	}
	return s
}

// Unwrap returns the cause, which may be nil.
func (r userError) Unwrap() error { return r.cause }
