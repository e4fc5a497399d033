//! PostgreSQL.

use super::engine::{Server, is_at_least};
use super::{Charging, Check, Engine, Grants, Limits, Parameters, Purge, Schema, Trouble};

pub(super) const ENGINE: Engine = Engine {
    folder: "postgres",
    parameters: Parameters::Dollar,
    grants: Grants {
        now: include_str!("grants/now.sql"),
        id: "encode(?2, 'hex')::uuid",
        row: include_str!("grants/row.sql"),
        by_index: "substr(sha256(issuer || {whose}), 1, 4) = substr(sha256(?4 || ?3), 1, 4) AND issued_at / 1000000 <= ?5::bigint / 1000000 AND",
        in_index_order: "issued_at / 1000000 DESC,",
        one: "g.id = {id}",
        chosen: include_str!("grants/chosen.sql"),
        free: concat!(
            "g.id = ANY (ARRAY (SELECT g.id FROM device_grants AS g WHERE\n",
            include_str!("grants/chosen.sql"),
            "ORDER BY g.id FOR NO KEY UPDATE SKIP LOCKED))"
        ),
        insert: include_str!("grants/insert.sql"),
        find_by_user_code: include_str!("grants/find_by_user_code.sql"),
        replace: concat!(
            "WITH bounded AS MATERIALIZED (SELECT set_config('lock_timeout', '1000', true) AS patience)\n",
            include_str!("../grants/replace.sql"),
            "AND (SELECT patience FROM bounded) IS NOT NULL"
        ),
        poll: include_str!("grants/poll.sql"),
        told: include_str!("grants/told.sql"),
        unpaced: None,
        purge: Purge {
            due: None,
            delete: include_str!("grants/purge.sql"),
        },
    },
    limits: Limits {
        charge: Charging::There(include_str!("limits/charge.sql")),
        purge: Purge {
            due: None,
            delete: include_str!("limits/purge.sql"),
        },
    },
    purged_at_once: 1_000,
    writes_at_once: 2,
    server: Server {
        expected: "PostgreSQL 14 or newer",
        query: "SELECT convert_to(version(), 'UTF8')",
        is_it: |said| {
            let version = said.strip_prefix("PostgreSQL ");
            version.is_some_and(|version| is_at_least(version, (14, 0)))
        },
    },
    schema: Schema {
        migrations: &[include_str!(
            "../../../migrations/postgres/0001_grants_and_limits.sql"
        )],
        // The lock is `device-grant` in eight bytes of its SHA-256.
        begin: "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock(6823228164216012381);",
        commit: "COMMIT",
        is_there: "SELECT (to_regclass('device_schema') IS NOT NULL)::integer::bigint",
        journal: None,
        store_checks: &[
            Check::Number(IS_READ_ONLY, Trouble::ReadOnly),
            Check::Rights(include_str!("grants/missing.sql")),
            Check::Settings(include_str!("settings.sql")),
        ],
        limiter_checks: &[
            Check::Number(IS_READ_ONLY, Trouble::ReadOnly),
            Check::Rights(include_str!("limits/missing.sql")),
        ],
    },
    trouble,
    advice,
    is_duplicate: |_| false,
    is_conflict: |code| matches!(code, "40001" | "40P01"),
    pause: "SELECT 1::bigint FROM pg_sleep(0.01)",
};

/// Announces a grant to the nodes that listen.
pub(crate) const NOTIFY: &str = include_str!("grants/notify.sql");

const IS_READ_ONLY: &str =
    "SELECT (current_setting('transaction_read_only') = 'on')::integer::bigint";

/// The meaning of an `SQLSTATE`: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn trouble(code: &str) -> Trouble {
    match code {
        // undefined_table, undefined_column, undefined_function, datatype_mismatch
        "42P01" | "42703" | "42883" | "42804" => Trouble::Tables,
        // duplicate_function, duplicate_table
        "42723" | "42P07" => Trouble::Occupied,
        // insufficient_privilege
        "42501" => Trouble::Privileges,
        // read_only_sql_transaction
        "25006" => Trouble::ReadOnly,
        // invalid_sql_statement_name, duplicate_prepared_statement
        "26000" | "42P05" => Trouble::Pooler,
        // disk_full
        "53100" => Trouble::Full,
        // lock_not_available
        "55P03" => Trouble::Passing,
        _ => match code.get(..2) {
            // Connections, conflicts, resources, the operator's intervention, and the system below.
            Some("08" | "40" | "53" | "57" | "58") => Trouble::Passing,
            Some(_) | None => Trouble::Other,
        },
    }
}

fn advice(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Unreachable => {
            "PostgreSQL cannot be reached, or no connection of the pool was free in time"
        }
        Trouble::Passing => {
            "PostgreSQL cannot serve this now: it is starting, stopping or overloaded, or a timeout was too short"
        }
        Trouble::Full => {
            "PostgreSQL has no space left: free space on its disk, and run `purge` regularly"
        }
        Trouble::ReadOnly => {
            "the database is read-only: connect to the primary, in transactions that may write"
        }
        Trouble::Tables => {
            "the tables are missing or not as they should be: call `migrate`, or apply the files of migrations/postgres"
        }
        Trouble::Occupied => {
            "tables with these names exist, and nothing records that `migrate` or the files of \
             migrations/postgres created them: drop them, or set another table prefix"
        }
        Trouble::MayNotCreate => {
            "this role may not create the tables: call `migrate` with one that may, or let it apply the files of \
             migrations/postgres"
        }
        Trouble::Privileges => {
            "this role may not use the tables, or not the function that charges limits: grant it SELECT, INSERT, UPDATE \
             and DELETE on each of the tables, and EXECUTE on the function; `DeviceGrants::check` names the statements"
        }
        Trouble::Pooler => {
            "a prepared statement is missing: if a pooler lends each connection for one transaction, connect directly, set \
             `pool_mode = session`, or let PgBouncer 1.21 or newer keep prepared statements (`max_prepared_statements`)"
        }
        Trouble::Row => "a row cannot be read: did another program change the table?",
        Trouble::NoDatabase | Trouble::Damaged | Trouble::NotThisEngine | Trouble::Other => {
            "PostgreSQL refuses"
        }
    }
}
