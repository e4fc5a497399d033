//! The words in MariaDB of tests that all engines share.

use device_grant::code::GrantId;
pub(super) use sqlx::{MySqlConnection as Connection, MySqlPool as Pool};

use super::Login;

/// The routine that charges limits, for `DROP`.
pub(super) const ROUTINE: &str = "PROCEDURE {prefix}charge";

/// Changes of a row that no version writes, and the column that each is told as.
pub(super) const DAMAGE: [(&str, &str); 5] = [
    ("issuer = x'ff'", "issuer"),
    ("client_id = x'ff'", "client_id"),
    ("subject = x'ff'", "subject"),
    ("is_pending = 2", "is_pending"),
    (
        "told_interval = -6, last_accepted = issued_at",
        "told_interval",
    ),
];

pub(super) fn nowhere() -> Login {
    Login::at("/nowhere".as_ref())
}

/// Statements may take 50 ms.
pub(super) fn hasty(login: Login) -> Login {
    login.setting("max_statement_time = 0.05")
}

pub(super) fn reading(login: Login) -> Login {
    login.setting("tx_read_only = 1")
}

/// The number of statements that wait for a lock.
pub(super) fn waiting(prefix: &str) -> String {
    format!(
        "SELECT count(*) FROM information_schema.PROCESSLIST WHERE info LIKE 'SET STATEMENT%{prefix}grants%'"
    )
}

pub(super) fn lock(prefix: &str, id: &GrantId) -> String {
    format!("SELECT 1 FROM {prefix}grants WHERE id = UNHEX('{id}') FOR UPDATE")
}

/// Fills the disk, as far as a statement can tell, and frees it.
pub(super) fn full_disk(prefix: &str) -> [String; 2] {
    let fill = format!(
        "CREATE TRIGGER {prefix}full BEFORE UPDATE ON {prefix}grants FOR EACH ROW
            SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1114, MESSAGE_TEXT = 'The table is full'"
    );
    [fill, format!("DROP TRIGGER {prefix}full")]
}

pub(super) fn role_without_rights(prefix: &str) -> String {
    format!(
        "CREATE USER {prefix}role@localhost; GRANT SELECT ON grants.{prefix}schema TO {prefix}role@localhost"
    )
}

/// The finding of `check` for that user: on MariaDB it names the rights, but no statement.
pub(super) fn missing_rights(_prefix: &str) -> String {
    "grant it SELECT".to_owned()
}

pub(super) fn role_that_may_not_create(prefix: &str) -> String {
    format!(
        "CREATE USER {prefix}role@localhost; GRANT SELECT ON grants.* TO {prefix}role@localhost"
    )
}

/// The pages of the table of limits: purging frees those of InnoDB later.
pub(super) fn pages(_: &str) -> Option<String> {
    None
}
