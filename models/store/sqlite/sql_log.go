package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"time"

	"github.com/mattn/go-sqlite3"
	"gorm.io/gorm/logger"
)

// sqlLog logs the statements that the database failed at. Statements that ended because the caller did, and duplicates,
// which become refusals, are no faults.
type sqlLog struct{ logger.Interface }

func newSQLLog(log *slog.Logger) sqlLog {
	return sqlLog{logger.NewSlogLogger(log, logger.Config{LogLevel: logger.Error, IgnoreRecordNotFoundError: true})}
}

// LogMode returns the logger with the level.
func (l sqlLog) LogMode(level logger.LogLevel) logger.Interface {
	return sqlLog{l.Interface.LogMode(level)}
}

// Trace logs a statement where err is a fault.
func (l sqlLog) Trace(ctx context.Context, begin time.Time, statement func() (string, int64), err error) {
	if IsDuplicate(err) || wasCanceled(ctx, err) {
		err = nil
	}
	l.Interface.Trace(ctx, begin, statement, err)
}

// ParamsFilter keeps the values of rows out of the log.
func (sqlLog) ParamsFilter(_ context.Context, statement string, _ ...any) (string, []any) {
	return statement, nil
}

// wasCanceled reports whether err only means that ctx was canceled. SQLite and database/sql each have an error of their
// own for it.
func wasCanceled(ctx context.Context, err error) bool {
	if errors.Is(err, context.Canceled) {
		return true
	}
	interrupted := hasCode(err, sqlite3.ErrInterrupt) || errors.Is(err, sql.ErrTxDone)
	return interrupted && errors.Is(ctx.Err(), context.Canceled)
}
