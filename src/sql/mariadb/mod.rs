//! MariaDB. MySQL has no `RETURNING`, without which each poll would take a second round trip.

use super::engine::{Server, is_at_least};
use super::{Charging, Check, Engine, Grants, Limits, Parameters, Purge, Schema, Trouble};

pub(super) const ENGINE: Engine = Engine {
    folder: "mariadb",
    parameters: Parameters::Positional,
    grants: Grants {
        now: include_str!("grants/now.sql"),
        id: "?2",
        row: include_str!("../grants/row.sql"),
        by_index: "{whose}_key = CRC32(CONCAT(?4, ?3)) AND",
        in_index_order: "",
        one: "device_grants AS g WHERE g.id = ?2 FOR UPDATE",
        chosen: include_str!("grants/chosen.sql"),
        free: concat!(include_str!("grants/chosen.sql"), "FOR UPDATE SKIP LOCKED"),
        insert: include_str!("grants/insert.sql"),
        find_by_user_code: include_str!("grants/find_by_user_code.sql"),
        replace: concat!(
            "SET STATEMENT innodb_lock_wait_timeout = 1 FOR\n",
            include_str!("../grants/replace.sql")
        ),
        poll: include_str!("grants/poll.sql"),
        told: include_str!("grants/told.sql"),
        unpaced: None,
        purge: Purge {
            due: Some(include_str!("grants/due.sql")),
            delete: include_str!("grants/purge.sql"),
        },
    },
    limits: Limits {
        charge: Charging::There(include_str!("limits/charge.sql")),
        purge: Purge {
            due: Some(include_str!("limits/due.sql")),
            delete: include_str!("limits/purge.sql"),
        },
    },
    // Its log is flushed for a whole statement, and others wait for that.
    purged_at_once: 250,
    writes_at_once: 2,
    server: Server {
        expected: "MariaDB 10.6 or newer",
        query: "SELECT CAST(VERSION() AS BINARY)",
        is_it: |said| {
            // Some proxies put a version before it that old replicas take.
            let version = said.strip_prefix("5.5.5-").unwrap_or(said);
            said.contains("MariaDB") && is_at_least(version, (10, 6))
        },
    },
    schema: Schema {
        migrations: &[include_str!(
            "../../../migrations/mariadb/0001_grants_and_limits.sql"
        )],
        // No transaction holds the creation of tables together. The lock goes with its connection.
        begin: "SELECT GET_LOCK('device-grant', 60);",
        commit: "SELECT RELEASE_LOCK('device-grant')",
        is_there: "SELECT COUNT(*) FROM information_schema.TABLES
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'device_schema'",
        journal: None,
        store_checks: &[Check::Script(CAN_WRITE), Check::Settings(SETTINGS)],
        limiter_checks: &[Check::Script(CAN_CHARGE)],
    },
    trouble,
    advice,
    is_duplicate: |code| code == "1062",
    // ER_CHECKREAD, ER_LOCK_DEADLOCK
    is_conflict: |code| matches!(code, "1020" | "1213"),
    pause: "SELECT SLEEP(0.01)",
};

/// Needs the rights that the store needs, and does nothing.
const CAN_WRITE: &str = "UPDATE device_grants SET revision = revision WHERE FALSE;
    DELETE FROM device_grants WHERE FALSE;
    INSERT INTO device_grants (id, revision, issued_at, expires_at, forget_at, due_after, told_interval, paced, is_pending,
            had_twin, issuer, client_id, body)
        SELECT id, revision, issued_at, expires_at, forget_at, due_after, told_interval, paced, is_pending, had_twin, issuer,
            client_id, body
        FROM device_grants WHERE FALSE";

/// A line for each setting with which a crash may lose what was acknowledged.
const SETTINGS: &str = "SELECT CAST(IF(@@innodb_flush_log_at_trx_commit = 1, '',
    'commits do not wait for the disk, so a crash may lose an approval: set innodb_flush_log_at_trx_commit to 1'
    ) AS BINARY)";

const CAN_CHARGE: &str = "UPDATE device_limits SET period = period WHERE FALSE;
    DELETE FROM device_limits WHERE FALSE;
    INSERT INTO device_limits (`key`, owed_until, period) SELECT `key`, owed_until, period FROM device_limits WHERE FALSE";

/// The meaning of an error number: <https://mariadb.com/kb/en/mariadb-error-code-reference/>.
fn trouble(code: &str) -> Trouble {
    match code {
        // ER_BAD_FIELD_ERROR, ER_NO_SUCH_TABLE, ER_SP_DOES_NOT_EXIST
        "1054" | "1146" | "1305" => Trouble::Tables,
        // ER_TABLE_EXISTS_ERROR, ER_SP_ALREADY_EXISTS
        "1050" | "1304" => Trouble::Occupied,
        // ER_DBACCESS_DENIED_ERROR, ER_TABLEACCESS_DENIED_ERROR, ER_COLUMNACCESS_DENIED_ERROR,
        // ER_SPECIFIC_ACCESS_DENIED_ERROR, ER_PROCACCESS_DENIED_ERROR
        "1044" | "1142" | "1143" | "1227" | "1370" => Trouble::Privileges,
        // ER_OPTION_PREVENTS_STATEMENT, ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION
        "1290" | "1792" => Trouble::ReadOnly,
        // ER_DISK_FULL, ER_RECORD_FILE_FULL
        "1021" | "1114" => Trouble::Full,
        // ER_PARSE_ERROR
        "1064" => Trouble::NoDatabase,
        // ER_CHECKREAD, ER_CON_COUNT_ERROR, ER_SERVER_SHUTDOWN, ER_TOO_MANY_USER_CONNECTIONS, ER_LOCK_WAIT_TIMEOUT,
        // ER_LOCK_DEADLOCK, ER_USER_LIMIT_REACHED, ER_QUERY_INTERRUPTED, ER_CONNECTION_KILLED, ER_STATEMENT_TIMEOUT
        "1020" | "1040" | "1053" | "1203" | "1205" | "1213" | "1226" | "1317" | "1927" | "1969" => {
            Trouble::Passing
        }
        _ => Trouble::Other,
    }
}

fn advice(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Unreachable => {
            "MariaDB cannot be reached, or no connection of the pool was free in time"
        }
        Trouble::Passing => {
            "MariaDB cannot serve this now: it is stopping or overloaded, or a timeout was too short"
        }
        Trouble::Full => {
            "MariaDB has no space left: free space on its disk, and run `purge` regularly"
        }
        Trouble::ReadOnly => {
            "the database is read-only: connect to the primary, in transactions that may write"
        }
        Trouble::Tables => {
            "the tables are missing or not as they should be: call `migrate`, or apply the files of migrations/mariadb"
        }
        Trouble::Occupied => {
            "tables with these names exist, and nothing records that `migrate` or the files of \
             migrations/mariadb created them: drop them, or set another table prefix"
        }
        Trouble::MayNotCreate => {
            "this user may not create the tables or the procedure: call `migrate` with one that may, or let it apply the \
             files of migrations/mariadb"
        }
        Trouble::Privileges => {
            "this user may not use the tables, or not the procedure that charges limits: grant it SELECT, INSERT, UPDATE \
             and DELETE on each of the tables, and EXECUTE on the procedure"
        }
        Trouble::NoDatabase => {
            "the server does not know this SQL: it has to be MariaDB 10.6 or newer, and MySQL has no RETURNING"
        }
        Trouble::Row => "a row cannot be read: did another program change the table?",
        Trouble::Pooler | Trouble::Damaged | Trouble::NotThisEngine | Trouble::Other => {
            "MariaDB refuses"
        }
    }
}
