package main

import (
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"naru/config"
	"naru/internal/app"
	"naru/internal/telemetry"
)

// command is what all subcommands share.
type command struct {
	environ []string
	// file is the YAML file given by --config; empty: NARU_CONFIG.
	file string
}

// config reads all settings.
func (c *command) config() (*config.Config, error) { return config.Load(c.options()) }

func (c *command) options() config.Options { return config.Options{Environ: c.environ, File: c.file} }

// logger writes to standard error as configured.
func (c *command) logger(cfg *config.Config, stderr io.Writer) (*slog.Logger, error) {
	return telemetry.NewLogger(cfg.Log.Level, cfg.Log.Format, stderr)
}

// newRoot returns the command tree; environ is the environment.
func newRoot(environ []string) *cobra.Command {
	c := &command{environ: environ}
	root := &cobra.Command{
		Use:   "naru",
		Short: "An inquiry desk with a chatbot for international patients and partner institutions",
		Long: `naru takes inquiries over HTTP in nine languages, keeps them, and brings each by
mail to the team responsible; the writer gets an acknowledgement.

Without a command it does everything in one process, keeps its data in
./naru-data and, unless NARU_SMTP_URL names a mail relay, catches its mails and
shows them on a local page, so that trying it out can mail nobody.

Settings come from the environment (NARU_…), from the YAML file named by
--config or NARU_CONFIG, and from defaults; "naru config show" prints them all.

Exit codes: 0 done, 1 failed, 2 wrong arguments or configuration, 3 the command
worked and what it looked at is not in order.`,
		Args:          noArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.run(cmd, app.Roles{HTTP: true, Workers: true})
		},
	}
	root.PersistentFlags().StringVar(&c.file, "config", "", "YAML file with settings (default: the one named by NARU_CONFIG)")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(
		c.serveCommand(), c.workCommand(), c.migrateCommand(), c.configCommand(), c.reconcileCommand(),
		c.deadLettersCommand(), c.backupCommand(), c.restoreCommand(), c.eraseCommand(), c.keysCommand(), c.askCommand(), c.chatCommand(), c.healthCommand(), licencesCommand(), versionCommand(),
	)
	return root
}

// noArgs refuses arguments, which for the root are misspelt commands.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	message := fmt.Sprintf("unknown command %q; see `%s --help`", args[0], cmd.CommandPath())
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		message += "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return usageError{fmt.Errorf("%s", message)}
}

// exactArgs wants n arguments.
func exactArgs(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := cobra.ExactArgs(n)(cmd, args); err != nil {
			return usageError{err}
		}
		return nil
	}
}

// group is a command that only holds others.
func group(use, short string, subcommands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Args: noArgs, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(subcommands...)
	return cmd
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "naru", version())
			return err
		},
	}
}

// version is the module's version or the revision it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	revision, modified := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			modified = "+changes"
		}
	}
	if revision == "" {
		return "devel"
	}
	return revision + modified
}
