package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrate brings the schema up to date and returns how many migrations it
// applied, then unlocks the store. Several processes may call it at once. See
// Unlock for the errors about keys.
func (s *Store) Migrate(ctx context.Context) (applied int, err error) {
	err = s.withProvider(func(p *goose.Provider) error {
		for {
			results, err := p.Up(ctx)
			var partial *goose.PartialError
			switch {
			case err == nil:
				applied += len(results)
				return nil
			case errors.As(err, &partial) && s.dialect.locker == nil && s.overtaken(ctx, p, partial):
				// Without a lock another process has applied this very
				// migration; what follows may still be ours to do.
				applied += len(partial.Applied)
			default:
				return err
			}
		}
	})
	if err == nil {
		err = s.unlock(ctx)
	}
	return applied, s.translate("migrate", err)
}

// overtaken tells whether the migration that failed has been applied by
// somebody else.
func (s *Store) overtaken(ctx context.Context, p *goose.Provider, failure *goose.PartialError) bool {
	version, err := p.GetDBVersion(ctx)
	return err == nil && failure.Failed != nil && version >= failure.Failed.Source.Version
}

// SchemaVersion is the number of the last migration applied; 0 for an empty
// database.
func (s *Store) SchemaVersion(ctx context.Context) (version int64, err error) {
	err = s.withProvider(func(p *goose.Provider) error {
		version, err = p.GetDBVersion(ctx)
		return err
	})
	return version, s.translate("schema version", err)
}

// withProvider uses connections of its own: migrations may take long, and the
// writers hold theirs.
func (s *Store) withProvider(use func(*goose.Provider) error) error {
	folder, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("store: embedded migrations: %w", err)
	}
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if s.dialect.locker != nil {
		locker, err := s.dialect.locker()
		if err != nil {
			return fmt.Errorf("store: migration lock: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	db := s.dialect.openWriter()
	provider, err := goose.NewProvider(s.dialect.goose, db, folder, options...)
	if err != nil {
		return errors.Join(err, db.Close())
	}
	return errors.Join(use(provider), provider.Close()) // closes db
}

// newestSchema is the version of the last migration embedded.
func newestSchema() (int64, error) {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil || len(files) == 0 {
		return 0, fmt.Errorf("store: embedded migrations: %w", err)
	}
	return goose.NumericComponent(files[len(files)-1])
}
