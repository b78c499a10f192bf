package queue

import (
	"fmt"
	"log/slog"
	"sync/atomic"
)

// serverLog passes the messages of the server inside to our log. Its notices
// are our debug lines: a server without a port has nothing to tell operators
// while all is well.
type serverLog struct {
	logger *slog.Logger
	// fatal is the last message after which the server cannot run.
	fatal atomic.Pointer[string]
}

func (l *serverLog) Noticef(format string, v ...any) { l.write(l.logger.Debug, format, v) }
func (l *serverLog) Debugf(format string, v ...any)  { l.write(l.logger.Debug, format, v) }
func (l *serverLog) Tracef(format string, v ...any)  { l.write(l.logger.Debug, format, v) }
func (l *serverLog) Warnf(format string, v ...any)   { l.write(l.logger.Warn, format, v) }
func (l *serverLog) Errorf(format string, v ...any)  { l.write(l.logger.Error, format, v) }

// Fatalf keeps the message for Open to return: the server itself goes on as a
// shell that never gets ready.
func (l *serverLog) Fatalf(format string, v ...any) {
	message := fmt.Sprintf(format, v...)
	l.fatal.Store(&message)
}

func (l *serverLog) write(log func(string, ...any), format string, v []any) {
	log("queue server", "detail", fmt.Sprintf(format, v...))
}
