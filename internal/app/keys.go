package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"

	"naru/config"
	"naru/internal/keyring"
	"naru/internal/naru"
	"naru/internal/store"
)

// OpenKeys returns the keys that the settings give, nil for none. With create,
// a SQLite database without keys gets a file of them in the data folder, unless
// it is encrypted already: then its keys are lost or elsewhere, and new ones
// would not help.
//
// Several processes share a PostgreSQL database, and each would make keys of
// its own: there they must be given.
func OpenKeys(ctx context.Context, c *config.Config, logger *slog.Logger, create bool) (store.Sealer, error) {
	path := c.KeysFile()
	if text := c.Encryption.Keys; text != "" {
		if text == config.NoKeys {
			return nil, nil
		}
		ring, err := keyring.Parse(text)
		switch {
		case err != nil:
			return nil, ConfigurationError{err}
		case path != "":
			return keyring.Follow(ring, path), nil
		}
		return ring, nil
	}
	if path == "" {
		return nil, nil
	}
	ring, err := keyring.ReadFile(path)
	if create && errors.Is(err, fs.ErrNotExist) {
		ring, err = makeKeys(ctx, c, logger, path)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, ConfigurationError{err}
	}
	return keyring.Follow(ring, path), nil
}

func makeKeys(ctx context.Context, c *config.Config, logger *slog.Logger, path string) (*keyring.Ring, error) {
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	if _, err := os.Stat(strings.TrimPrefix(c.DatabaseURL(), "sqlite://")); err == nil {
		s, err := OpenStore(ctx, c, nil, logger, nil)
		if err != nil {
			return nil, err
		}
		encrypted, err := s.Encrypted(ctx)
		if err := errors.Join(err, s.Close()); err != nil {
			return nil, err
		}
		if encrypted {
			return nil, ExplainKeys(c, naru.NewError(naru.KindConflict, "keys_missing", nil))
		}
	}
	ring, err := keyring.New()
	if err != nil {
		return nil, err
	}
	switch err := ring.Create(path); {
	case errors.Is(err, fs.ErrExist): // another command was faster
		return keyring.ReadFile(path)
	case err != nil:
		return nil, err
	}
	logger.Info("encryption keys made", "file", path)
	return ring, nil
}

// ExplainKeys says what to do about keys that do not fit the database; other
// errors pass.
func ExplainKeys(c *config.Config, err error) error {
	if err == nil {
		return nil
	}
	switch naru.AsError(err).Code {
	case "keys_missing":
		where := "name the file of its keys in NARU_ENCRYPTION_KEYS_FILE"
		if path := c.KeysFile(); path != "" {
			where = "put the file of its keys back at " + path + ", or name it in NARU_ENCRYPTION_KEYS_FILE"
		}
		return ConfigurationError{errors.New("the database is encrypted and its keys are not here; nothing was changed; " + where +
			"; where they are lost for good, move the database away and restore a backup, which needs none")}
	case "keys_wrong":
		return ConfigurationError{errors.New("the encryption keys are not those of the database; nothing was changed; set those that it was written with")}
	case "schema_outdated":
		return fmt.Errorf("run `naru migrate` first, or use the naru that wrote the database: %w", err)
	}
	return err
}

// describeKeys says whether and by which keys the database is encrypted.
func describeKeys(c *config.Config, keys store.Sealer) string {
	switch path := c.KeysFile(); {
	case keys == nil:
		return "none: what is personal lies readable in the database (set NARU_ENCRYPTION_KEYS)"
	case path != "":
		return "AES-256-GCM, keys in " + path + " (keep a copy elsewhere: without them nothing can be read)"
	default:
		return "AES-256-GCM, keys from the settings"
	}
}
