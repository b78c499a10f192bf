package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"naru/config"
	"naru/internal/keyring"
	"naru/internal/naru"
	"naru/internal/store"
)

func (c *command) keysCommand() *cobra.Command {
	cmd := group("keys", "The keys that the database is encrypted with",
		keysNewCommand(), c.keysListCommand(), c.keysAddCommand(), c.keysUseCommand(), c.keysRotateCommand(), c.keysReencryptCommand(), c.keysRemoveCommand(),
	)
	cmd.Long = `What is personal is sealed in the database with one of the keys, the primary one;
the others still open what was sealed with them before.

To exchange the key of one naru: "naru keys rotate", restart naru, "naru keys
reencrypt", "naru keys remove OLD".

Several naru that share a database must all know a key before one of them uses
it: "naru keys add", give the file to all, restart them; "naru keys use NEW", give
the file to all, restart them; "naru keys reencrypt"; "naru keys remove OLD", give
the file to all.

Keep a copy of the file of keys, apart from the database: without it nothing that
is sealed can be read. A backup made by "naru backup" does not need it.`
	return cmd
}

func keysNewCommand() *cobra.Command {
	return &cobra.Command{
		Use: "new [FILE]", Short: "Make a new key and write it to a new file or standard output",
		Long: `Makes a keyset of one key. Name its file in NARU_ENCRYPTION_KEYS_FILE, for every
naru on one database the same. A database that is full already is encrypted in
the background from the next start on.`,
		Example: `  naru keys new /etc/naru/keys && export NARU_ENCRYPTION_KEYS_FILE=/etc/naru/keys`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError{errors.New("at most one file")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			ring, err := keyring.New()
			if err != nil {
				return err
			}
			if len(args) == 0 {
				text, err := ring.Text()
				if err == nil {
					_, err = fmt.Fprintln(cmd.OutOrStdout(), text)
				}
				return err
			}
			if err := ring.Create(args[0]); errors.Is(err, fs.ErrExist) {
				return usageError{fmt.Errorf("%s exists already; nothing was changed", args[0])}
			} else if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "key %d written to %s, readable by its owner alone\n", ring.Primary(), args[0])
			return err
		},
	}
}

func (c *command) keysListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the keys and how many rows are sealed with each", Args: noArgs,
		Long: `Counts all rows, which takes a while in a large database. Ends with 3 when rows are
readable or sealed with another key than the primary one: "naru keys reencrypt"
changes that.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := c.config()
			if err != nil {
				return err
			}
			ring, err := keysOf(cfg)
			if err != nil && !errors.Is(err, errNoKeys) {
				return err
			}
			return c.withStore(cmd, func(s *store.Store) error {
				use, err := s.KeyUse(cmd.Context())
				if err != nil {
					return err
				}
				return printKeys(cmd.OutOrStdout(), ring, use)
			})
		},
	}
}

func printKeys(w io.Writer, ring *keyring.Ring, use map[int64]int64) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, "key\tprimary\trows\n")
	inOrder := true
	line := func(name, primary string, rows int64) {
		fmt.Fprintf(table, "%s\t%s\t%d\n", name, primary, rows)
		inOrder = inOrder && (primary == "yes" || rows == 0)
	}
	if ring != nil {
		for _, k := range ring.Keys() {
			primary := ""
			if k.Primary {
				primary = "yes"
			}
			line(strconv.FormatUint(uint64(k.ID), 10), primary, use[int64(k.ID)])
			delete(use, int64(k.ID))
		}
	}
	line("none (readable)", "", use[0])
	delete(use, 0)
	for id, rows := range use {
		line(fmt.Sprintf("%d (unknown)", id), "", rows)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if !inOrder {
		return errFinding
	}
	return nil
}

// errNoKeys is for settings without keys.
var errNoKeys = usageError{errors.New("no keys are set; `naru keys new` makes some, and with SQLite the first start does")}

// keysOf reads the keys of the settings as they are now.
func keysOf(cfg *config.Config) (*keyring.Ring, error) {
	if text := cfg.Encryption.Keys; text != "" && text != config.NoKeys {
		return keyring.Parse(text)
	}
	if cfg.KeysFile() == "" || cfg.Encryption.Keys == config.NoKeys {
		return nil, errNoKeys
	}
	ring, err := keyring.ReadFile(cfg.KeysFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNoKeys
	}
	return ring, err
}

// changeKeys changes the file of keys and tells about it.
func (c *command) changeKeys(cmd *cobra.Command, change func(*keyring.Ring) (*keyring.Ring, string, error)) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	if _, err := keysOf(cfg); err != nil {
		return err
	}
	path := cfg.KeysFile()
	if path == "" {
		return usageError{errors.New("the keys stand in the settings themselves; write them to a file, name it in NARU_ENCRYPTION_KEYS_FILE, and try again")}
	}
	var told string
	err = keyring.Change(path, func(ring *keyring.Ring) (changed *keyring.Ring, err error) {
		changed, told, err = change(ring)
		return changed, err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", path, told)
	return err
}

func (c *command) keysAddCommand() *cobra.Command {
	return &cobra.Command{
		Use: "add", Short: "Add a key that is not used yet", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.changeKeys(cmd, func(ring *keyring.Ring) (*keyring.Ring, string, error) {
				ring, id, err := ring.Add()
				return ring, fmt.Sprintf("key %d added; when every naru on the database knows it, `naru keys use %d`", id, id), err
			})
		},
	}
}

func (c *command) keysUseCommand() *cobra.Command {
	return &cobra.Command{
		Use: "use KEY", Short: "Make a key the primary one", Args: exactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := keyID(args[0])
			if err != nil {
				return err
			}
			return c.changeKeys(cmd, func(ring *keyring.Ring) (*keyring.Ring, string, error) {
				ring, err := ring.Promote(id)
				return ring, fmt.Sprintf("key %d is primary; restart naru, then `naru keys reencrypt`", id), explainKey(id, err)
			})
		},
	}
}

func (c *command) keysRotateCommand() *cobra.Command {
	return &cobra.Command{
		Use: "rotate", Short: "Add a key and make it the primary one", Args: noArgs,
		Long: `For a naru that has its database for itself; see "naru keys" for several. A naru
that runs goes on with the old key until it is restarted, and reads what is
sealed with the new one.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.changeKeys(cmd, func(ring *keyring.Ring) (*keyring.Ring, string, error) {
				ring, id, err := ring.Add()
				if err != nil {
					return nil, "", err
				}
				ring, err = ring.Promote(id)
				return ring, fmt.Sprintf("key %d is primary; restart naru, then `naru keys reencrypt`", id), err
			})
		},
	}
}

func (c *command) keysReencryptCommand() *cobra.Command {
	return &cobra.Command{
		Use: "reencrypt", Short: "Seal everything with the primary key", Args: noArgs,
		Long: `Goes through the database in small steps, while naru runs; may be interrupted and
repeated. naru does the same by itself within the hour after a start with new
keys. With SQLite the earlier form is overwritten at once, with PostgreSQL by the
next vacuum.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withStore(cmd, func(s *store.Store) error {
				n, err := s.Reseal(cmd.Context())
				if err == nil {
					err = s.Scrub(cmd.Context())
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s sealed with the primary key\n", count(n, "row"))
				return err
			})
		},
	}
}

func (c *command) keysRemoveCommand() *cobra.Command {
	return &cobra.Command{
		Use: "remove KEY", Short: "Remove a key that seals nothing any more", Args: exactArgs(1),
		Long: `Refused while rows are sealed with the key. Every naru must have been restarted
since another key became primary: one that still seals with this key would write
what nobody can read.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := keyID(args[0])
			if err != nil {
				return err
			}
			return c.withStore(cmd, func(s *store.Store) error {
				use, err := s.KeyUse(cmd.Context())
				if err != nil {
					return err
				}
				if n := use[int64(id)]; n > 0 {
					return usageError{fmt.Errorf("%s sealed with key %d; `naru keys reencrypt` first; nothing was changed", count(int(n), "row")+" still", id)}
				}
				return c.changeKeys(cmd, func(ring *keyring.Ring) (*keyring.Ring, string, error) {
					if int64(id) == ring.Primary() {
						return nil, "", usageError{errors.New("this is the primary key; nothing was changed")}
					}
					ring, err := ring.Remove(id)
					return ring, fmt.Sprintf("key %d removed", id), explainKey(id, err)
				})
			})
		},
	}
}

func keyID(text string) (uint32, error) {
	id, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 0, usageError{fmt.Errorf("%q is not the number of a key; see `naru keys list`", text)}
	}
	return uint32(id), nil
}

func explainKey(id uint32, err error) error {
	if naru.IsKind(err, naru.KindNotFound) {
		return usageError{fmt.Errorf("there is no key %d; see `naru keys list`", id)}
	}
	return err
}
