//! SQLite.

#[cfg(any(
    feature = "sqlite-deadpool-09",
    feature = "sqlite-sqlx-08",
    feature = "sqlite-sqlx-09"
))]
mod writer;

use super::engine::{Server, is_at_least};
use super::{Charging, Check, Engine, Grants, Limits, Parameters, Purge, Schema, Trouble};

#[cfg(any(
    feature = "sqlite-deadpool-09",
    feature = "sqlite-sqlx-08",
    feature = "sqlite-sqlx-09"
))]
pub(super) use self::writer::{Connection, Pool, Writing};

pub(super) const ENGINE: Engine = Engine {
    folder: "sqlite",
    parameters: Parameters::Numbered,
    grants: Grants {
        now: include_str!("grants/now.sql"),
        id: "?2",
        row: include_str!("../grants/row.sql"),
        by_index: "issued_at / 1000000 <= ?5 / 1000000 AND",
        in_index_order: "issued_at / 1000000 DESC,",
        one: "g.id = ?2",
        chosen: include_str!("grants/chosen.sql"),
        // A writer has no others beside it.
        free: include_str!("grants/chosen.sql"),
        insert: include_str!("grants/insert.sql"),
        find_by_user_code: include_str!("grants/find_by_user_code.sql"),
        replace: include_str!("../grants/replace.sql"),
        poll: include_str!("grants/poll.sql"),
        told: include_str!("grants/told.sql"),
        unpaced: Some(include_str!("grants/unpaced.sql")),
        purge: Purge {
            due: None,
            delete: include_str!("grants/purge.sql"),
        },
    },
    limits: Limits {
        charge: Charging::Here {
            read: include_str!("limits/read.sql"),
            write: include_str!("limits/write.sql"),
            forget: include_str!("limits/forget.sql"),
        },
        purge: Purge {
            due: None,
            delete: include_str!("limits/purge.sql"),
        },
    },
    // All others write after it.
    purged_at_once: 100,
    writes_at_once: 1,
    server: Server {
        expected: "SQLite 3.35 or newer",
        query: "SELECT sqlite_version()",
        is_it: |said| is_at_least(said, (3, 35)),
    },
    schema: Schema {
        migrations: &[include_str!(
            "../../../migrations/sqlite/0001_grants_and_limits.sql"
        )],
        begin: "BEGIN IMMEDIATE;",
        commit: "COMMIT",
        is_there: "SELECT count(*) FROM sqlite_master WHERE name = 'device_schema'",
        journal: Some("PRAGMA journal_mode = WAL"),
        store_checks: &[Check::Journal("PRAGMA journal_mode"), CAN_WRITE],
        limiter_checks: &[Check::Journal("PRAGMA journal_mode"), CAN_WRITE],
    },
    trouble,
    advice,
    is_duplicate: |_| false,
    is_conflict: |_| false,
    // It has no conflicts, and no query that waits.
    pause: "SELECT 1",
};

const CAN_WRITE: Check =
    Check::Script("BEGIN IMMEDIATE; UPDATE device_schema SET version = version; ROLLBACK");

/// The meaning of a result code: <https://www.sqlite.org/rescode.html>. An extended one has more in its higher bits.
fn trouble(code: &str) -> Trouble {
    match code.parse::<i32>().unwrap_or_default() & 0xff {
        // SQLITE_ERROR: a statement does not fit the tables.
        1 => Trouble::Tables,
        // SQLITE_BUSY, SQLITE_LOCKED
        5 | 6 => Trouble::Passing,
        // SQLITE_READONLY
        8 => Trouble::ReadOnly,
        // SQLITE_CORRUPT
        11 => Trouble::Damaged,
        // SQLITE_NOTADB
        26 => Trouble::NoDatabase,
        // SQLITE_FULL
        13 => Trouble::Full,
        // SQLITE_NOMEM, SQLITE_INTERRUPT, SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_PROTOCOL
        7 | 9 | 10 | 14 | 15 => Trouble::Unreachable,
        _ => Trouble::Other,
    }
}

fn advice(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Unreachable => {
            "the database cannot be reached: is the file there, may this process open it, is a connection free?"
        }
        Trouble::Passing => {
            "the database is locked by another writer for longer than the busy timeout: shorten its transactions"
        }
        Trouble::Full => "the disk is full: free some space, and run `purge` regularly",
        Trouble::ReadOnly => {
            "the database is read-only: let this process write to the file and to its directory"
        }
        Trouble::Tables => {
            "the tables are missing or not as they should be: call `migrate`, or apply the files of migrations/sqlite"
        }
        Trouble::NoDatabase => "the file is no SQLite database: is the path right?",
        Trouble::Damaged => "the database file is damaged: restore it from a backup",
        Trouble::Row => "a row cannot be read: did another program change the table?",
        Trouble::Occupied
        | Trouble::MayNotCreate
        | Trouble::Privileges
        | Trouble::Pooler
        | Trouble::NotThisEngine
        | Trouble::Other => "SQLite refuses",
    }
}
