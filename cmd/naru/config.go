package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/spf13/cobra"

	"naru/config"
	"naru/internal/app"
)

func (c *command) configCommand() *cobra.Command {
	return group("config", "Check and show the configuration", c.configCheckCommand(), c.configShowCommand())
}

func (c *command) configShowCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show", Short: "Print every setting, its value and where it comes from; secrets are masked", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := c.config()
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(cmd.OutOrStdout(), cfg.Show())
			return err
		},
	}
}

func (c *command) configCheckCommand() *cobra.Command {
	samples := []string{}
	cmd := &cobra.Command{
		Use: "check", Short: "Check all settings and data files, and explain the routing of sample inquiries", Args: noArgs,
		Long: `Checks settings, teams and rules, holidays, texts, the knowledge base and the
templates, overridden files included, and starts nothing. All problems are
reported at once, each with its file and line or its variable; then, for each
sample inquiry, which rule it takes and why. Ends with 2 when something is wrong.`,
		Example: `  naru config check
  naru config check --sample '{"kind":"partner","topic":"training","country":"MN","language":"mn"}'`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o := config.CheckOptions{Options: c.options(), Now: time.Now(), Parts: []config.Part{
				{Name: "texts, knowledge, consents, mails and pages", Check: func(cfg *config.Config, _ fs.FS) error { return app.Check(cfg) }},
			}}
			for i, text := range samples {
				var s config.Sample
				if err := json.Unmarshal([]byte(text), &s); err != nil {
					return usageError{fmt.Errorf("--sample %d: %w", i+1, err)}
				}
				o.Samples = append(o.Samples, s)
			}
			err := config.Check(cmd.OutOrStdout(), o)
			if problems, ok := errors.AsType[config.Problems](err); ok {
				return usageError{fmt.Errorf("the configuration has %s, see above", count(len(problems), "problem"))}
			}
			return err
		},
	}
	cmd.Flags().StringArrayVar(&samples, "sample", nil, "a further sample inquiry as JSON; may be repeated")
	return cmd
}
