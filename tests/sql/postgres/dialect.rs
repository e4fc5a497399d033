//! The words in PostgreSQL of tests that all engines share.

use device_grant::code::GrantId;
pub(super) use sqlx::{PgConnection as Connection, PgPool as Pool};

use super::SERVER;
use super::server::Login;

/// The routine that charges limits, for `DROP`.
pub(super) const ROUTINE: &str = "FUNCTION {prefix}charge";

/// Changes of a row that no version writes, and the column that each is told as.
pub(super) const DAMAGE: [(&str, &str); 4] = [
    (r"issuer = '\xff'", "issuer"),
    (r"client_id = '\xff'", "client_id"),
    (r"subject = '\xff'", "subject"),
    (
        "told_interval = -6, last_accepted = issued_at",
        "told_interval",
    ),
];

pub(super) fn nowhere() -> Login {
    SERVER.login().folder("/nowhere".as_ref())
}

/// Statements may take 50 ms.
pub(super) fn hasty(login: Login) -> Login {
    login.setting("statement_timeout", "50")
}

pub(super) fn reading(login: Login) -> Login {
    login.setting("default_transaction_read_only", "on")
}

/// The number of statements that wait for a lock.
pub(super) fn waiting(prefix: &str) -> String {
    format!(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%{prefix}grants%'"
    )
}

pub(super) fn lock(prefix: &str, id: &GrantId) -> String {
    format!("SELECT 1 FROM {prefix}grants WHERE id = '{id}'::uuid FOR UPDATE")
}

/// Fills the disk, as far as a statement can tell, and frees it.
pub(super) fn full_disk(prefix: &str) -> [String; 2] {
    let fill = format!(
        "CREATE FUNCTION {prefix}full() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
        CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON {prefix}grants
            FOR EACH STATEMENT EXECUTE FUNCTION {prefix}full()"
    );
    [fill, format!("DROP TRIGGER full_disk ON {prefix}grants")]
}

pub(super) fn role_without_rights(prefix: &str) -> String {
    format!("CREATE ROLE {prefix}role LOGIN; GRANT SELECT ON {prefix}schema TO {prefix}role")
}

/// The finding of `check` for that role.
pub(super) fn missing_rights(prefix: &str) -> String {
    format!(
        "this role may not read and write grants: GRANT SELECT, INSERT, UPDATE, DELETE ON {prefix}grants TO {prefix}role"
    )
}

pub(super) fn role_that_may_not_create(prefix: &str) -> String {
    format!(
        "CREATE ROLE {prefix}role LOGIN; REVOKE CREATE ON SCHEMA public FROM public, {prefix}role"
    )
}

/// The pages of the table of limits, dead rows included.
#[expect(clippy::unnecessary_wraps, reason = "not every engine can tell")]
pub(super) fn pages(prefix: &str) -> Option<String> {
    Some(format!("SELECT pg_relation_size('{prefix}limits') / 8192"))
}
