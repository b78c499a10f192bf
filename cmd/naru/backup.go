package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"naru/config"
	"naru/internal/app"
	"naru/internal/naru"
	"naru/internal/store"
)

func (c *command) backupCommand() *cobra.Command {
	return &cobra.Command{
		Use: "backup FILE", Short: "Write everything that must not be lost into one file", Args: exactArgs(1),
		Long: `Writes inquiries, documents, mails and their attempts as of one moment, while
naru runs, into a new file that only its owner can read; "-" writes to standard
output. The file fits SQLite and PostgreSQL alike: "naru restore" reads it into
either. It holds personal data and is not encrypted, whether the database is or
not, so that it can be restored also where the keys are lost: encrypt it as in
the second example, and keep the key of that apart.

The database file is checked first, and the books are balanced from what was
written; ends with 3 when they do not balance (the file is written all the same).`,
		Example: `  naru backup /backup/naru-$(date +%F).gz
  naru backup - | age -r age1… > /backup/naru.gz.age`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withStore(cmd, func(s *store.Store) error {
				began := time.Now()
				report, size := cmd.OutOrStdout(), int64(0)
				var info store.BackupInfo
				write := func(w io.Writer) (err error) {
					info, err = s.Backup(cmd.Context(), w)
					return err
				}
				var err error
				if args[0] == "-" {
					report = cmd.ErrOrStderr()
					err = write(cmd.OutOrStdout())
				} else {
					size, err = writeNew(args[0], write)
				}
				if err != nil {
					return explainBackup(err)
				}
				fmt.Fprintf(report, "backup of version %d from %s, %s bytes, %.1f s\n", info.Schema, info.Engine, sizeOf(size), time.Since(began).Seconds())
				return reportAccount(report, info)
			})
		},
	}
}

func sizeOf(bytes int64) string {
	if bytes == 0 {
		return "unknown"
	}
	return fmt.Sprint(bytes)
}

// writeNew writes a file that must not exist yet, readable by its owner alone.
// It appears under its name when it is whole and on the disk; until then it has
// a name of its own, whoever else writes one to be called the same.
func writeNew(path string, write func(io.Writer) error) (size int64, err error) {
	if _, err := os.Lstat(path); err == nil {
		return 0, usageError{fmt.Errorf("%s exists already", path)}
	}
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".part-*") // mode 0600
	if err != nil {
		return 0, err
	}
	part := file.Name()
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(part))
		}
	}()
	buffered := bufio.NewWriterSize(file, 1<<20)
	if err := errors.Join(write(buffered), buffered.Flush(), file.Sync()); err != nil {
		return 0, errors.Join(err, file.Close())
	}
	info, err := file.Stat()
	if err := errors.Join(err, file.Close()); err != nil {
		return 0, err
	}
	if err := os.Rename(part, path); err != nil {
		return 0, err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return 0, err
	}
	return info.Size(), errors.Join(dir.Sync(), dir.Close())
}

// reportAccount prints what a backup holds, as naru reconcile would.
func reportAccount(w io.Writer, info store.BackupInfo) error {
	fmt.Fprintf(w, "with %s\n\n", count(int(info.Rows["attachments"]), "document"))
	if err := printReconciliation(w, info.Account, false); err != nil {
		return err
	}
	if !info.Account.Balanced() {
		return errFinding
	}
	return nil
}

// explainBackup says in words what the codes of the store mean.
func explainBackup(err error) error {
	e := naru.AsError(err)
	switch e.Code {
	case "backup_damaged":
		return fmt.Errorf("this is no whole backup; nothing was changed: %w", err)
	case "backup_too_new":
		return fmt.Errorf("a later naru wrote this backup; nothing was changed: %w", err)
	case "database_not_empty":
		return usageError{errors.New("the database is not empty; nothing was changed; --force drops what is in it")}
	}
	return err
}

func (c *command) restoreCommand() *cobra.Command {
	force := false
	cmd := &cobra.Command{
		Use: "restore FILE", Short: "Fill an empty database from a backup", Args: exactArgs(1),
		Long: `Reads a backup, of whichever engine, into the database of the settings. The file
is read to its end first: one that is damaged changes nothing. Stop every naru
that uses the database before. What is personal is sealed with the keys of the
settings, whichever it was sealed with before.

Mails that were on their way when the backup was made are due again, so those
sent since go out once more, with the same Message-ID. Inquiries erased since
are back: erase them again. Then the books are balanced; ends with 3 when they do
not balance.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := os.Open(args[0])
			if err != nil {
				return usageError{err}
			}
			defer func() { _ = file.Close() }() // only read
			cfg, err := c.config()
			if err != nil {
				return err
			}
			release, err := takeDatabase(cfg)
			if err != nil {
				return err
			}
			defer release()
			return c.withNewStore(cmd, func(s *store.Store) error {
				info, err := s.Restore(cmd.Context(), file, force)
				if err != nil {
					return explainBackup(err)
				}
				if cfg.EmbeddedBroker() {
					// It speaks of another past, and is rebuilt from the database.
					if err := os.RemoveAll(cfg.BrokerDir()); err != nil {
						return err
					}
				}
				fmt.Fprintf(cmd.OutOrStdout(), "restored from the backup of %s, version %d from %s\n", stamp(info.CreatedAt), info.Schema, info.Engine)
				return reportAccount(cmd.OutOrStdout(), info)
			})
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "drop what the database holds")
	return cmd
}

// takeDatabase makes sure that no naru on this machine uses the data folder.
// Who uses a PostgreSQL cannot be seen from here.
func takeDatabase(cfg *config.Config) (release func(), err error) {
	if cfg.Postgres() {
		return func() {}, nil
	}
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return nil, err
	}
	unlock, err := app.LockDataDir(cfg)
	return func() { _ = unlock() }, err // the process ends now, and the lock with it
}
