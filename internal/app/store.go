package app

import (
	"context"
	"log/slog"
	"net/url"
	"time"

	"naru/config"
	"naru/internal/naru"
	"naru/internal/store"
	"naru/internal/telemetry"
)

// storePatience is how long an unreachable database is waited for at the
// start: machines are often started all at once.
const storePatience = time.Minute

// OpenStore opens the database of the settings, without migrating it, and
// waits up to a minute for one that cannot be reached. Keys are those of
// OpenKeys; metrics may be nil.
func OpenStore(ctx context.Context, c *config.Config, keys store.Sealer, logger *slog.Logger, metrics *telemetry.Metrics) (*store.Store, error) {
	giveUp := time.Now().Add(storePatience)
	for waiting := false; ; waiting = true {
		s, err := store.Open(ctx, store.Options{
			URL: c.DatabaseURL(), Logger: logger, Keys: keys, GroupLimit: c.Database.GroupLimit, MaxWaiting: c.Database.MaxWaiting,
			Committed: metrics.Committed,
		})
		if err == nil || !naru.IsKind(err, naru.KindUnavailable) || !c.Postgres() || time.Now().After(giveUp) {
			return s, err
		}
		if !waiting {
			logger.Warn("database cannot be reached; waiting", "patience_seconds", int(storePatience.Seconds()), "error", err)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// describeDatabase says which database is used, without secrets.
func describeDatabase(c *config.Config) string {
	if !c.Postgres() {
		return "SQLite, " + c.DatabaseURL()
	}
	return "PostgreSQL, " + host(c.DatabaseURL())
}

// describeQueue says which broker is used, without secrets.
func describeQueue(c *config.Config) string {
	if c.EmbeddedBroker() {
		return "NATS JetStream inside, " + c.BrokerDir()
	}
	hosts := ""
	for _, server := range c.NATSServers() {
		if hosts != "" {
			hosts += ", "
		}
		hosts += host(server)
	}
	return "NATS JetStream, " + hosts
}

// describeRelay says where mail goes, without secrets.
func describeRelay(c *config.Config) string {
	if c.CatchesMail() {
		return "caught here, nothing leaves this machine (no SMTP relay is set)"
	}
	return "by " + host(c.SMTP.URL)
}

// host is the host and port of a URL, with the database's name if there is
// one, and never its user or password.
func host(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "(unreadable address)"
	}
	return u.Host + u.Path
}
