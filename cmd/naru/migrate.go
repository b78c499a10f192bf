package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"naru/internal/app"
	"naru/internal/store"
)

func (c *command) migrateCommand() *cobra.Command {
	return &cobra.Command{
		Use: "migrate", Short: "Bring the database's tables up to date", Args: noArgs,
		Long: `Applies the migrations that the database lacks. naru, naru serve and naru work
do so at their start, too; any number may do it at once, and each is applied once.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withNewStore(cmd, func(s *store.Store) error {
				applied, err := s.Migrate(cmd.Context())
				if err != nil {
					return c.explainKeys(err)
				}
				v, err := s.SchemaVersion(cmd.Context())
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s applied, the database is at version %d\n", count(applied, "migration"), v)
				return nil
			})
		},
	}
}

// withStore opens the database of the settings for one command. A SQLite file
// must be there: making one where a path is misspelt would only hide that.
func (c *command) withStore(cmd *cobra.Command, use func(*store.Store) error) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	if file := strings.TrimPrefix(cfg.DatabaseURL(), "sqlite://"); !cfg.Postgres() {
		if _, err := os.Stat(file); err != nil {
			return usageError{fmt.Errorf("there is no naru database at %s; is NARU_DATA_DIR right?", file)}
		}
	}
	return c.openStore(cmd, false, func(s *store.Store) error {
		if err := s.Unlock(cmd.Context()); err != nil {
			return c.explainKeys(err)
		}
		return use(s)
	})
}

// explainKeys is app.ExplainKeys for the settings.
func (c *command) explainKeys(err error) error {
	cfg, configErr := c.config()
	if configErr != nil {
		return configErr
	}
	return app.ExplainKeys(cfg, err)
}

// withNewStore opens the database of the settings for one command and makes
// it, with its keys, where there is none.
func (c *command) withNewStore(cmd *cobra.Command, use func(*store.Store) error) error {
	return c.openStore(cmd, true, use)
}

func (c *command) openStore(cmd *cobra.Command, makeKeys bool, use func(*store.Store) error) (err error) {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	logger, err := c.logger(cfg, cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	keys, err := app.OpenKeys(cmd.Context(), cfg, logger, makeKeys)
	if err != nil {
		return err
	}
	s, err := app.OpenStore(cmd.Context(), cfg, keys, logger, nil)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := s.Close(); err == nil {
			err = closeErr
		}
	}()
	return use(s)
}
