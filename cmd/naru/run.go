package main

import (
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"naru/internal/app"
)

func (c *command) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use: "serve", Short: "Serve HTTP only; `naru work` elsewhere sends the mails", Args: noArgs,
		Long: `Serves the API and the pages. Any number of these can run side by side. Needs
NARU_DATABASE_URL=postgres://… and NARU_NATS_URL; an inquiry is accepted also
while the broker and the workers are away, and mailed when they are back.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd, app.Roles{HTTP: true}) },
	}
}

func (c *command) workCommand() *cobra.Command {
	return &cobra.Command{
		Use: "work", Short: "Send mails only; `naru serve` elsewhere takes the inquiries", Args: noArgs,
		Long: `Moves deliveries from the database to the broker and from there to the mail
relay. Any number of these can run side by side; none sends what another sends.
Needs NARU_DATABASE_URL=postgres://…, NARU_NATS_URL, NARU_SMTP_URL and
NARU_PUBLIC_URL, which links in mails begin with. Health and metrics are served
at NARU_WORK_ADDR.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd, app.Roles{Workers: true}) },
	}
}

// run runs the roles until the command's context ends.
func (c *command) run(cmd *cobra.Command, roles app.Roles) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	logger, err := c.logger(cfg, cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	return app.Run(cmd.Context(), app.Options{
		Config: cfg, Roles: roles, Logger: logger, Version: version(),
		Announce: func(r app.Running) {
			saveMemory()
			announce(cmd.OutOrStdout(), roles, r)
		},
	})
}

// garbagePercent is how much garbage is let lie about, in per cent of what is in
// use, by a program that runs: Go's own 100 take a tenth more memory and save two
// to five per cent of the processor's time.
const garbagePercent = 70

// saveMemory has garbage collected sooner, unless the environment says how soon.
func saveMemory() {
	if _, set := os.LookupEnv("GOGC"); !set {
		debug.SetGCPercent(garbagePercent)
	}
}

// announce prints what the program runs on and where to look.
func announce(w io.Writer, roles app.Roles, r app.Running) {
	fmt.Fprintf(w, "\nnaru %s is up\n\n", version())
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "  %-14s %s\n", name, value)
		}
	}
	if roles.HTTP {
		line("Web and API", r.URL+"/")
		line("API reference", r.URL+"/docs")
		line("Public address", r.PublicURL)
	} else {
		line("Health", r.URL+"/readyz")
	}
	line("Caught mail", r.CatcherURL)
	line("Database", r.Database)
	line("Encryption", r.Encryption)
	line("Queue", r.Queue)
	line("Mail", r.Relay)
	fmt.Fprintln(w)
}
