use std::sync::Arc;

use super::TablePrefix;

/// The statements of an engine as its files have them. `{row}` stands for the columns of a row, `{now}` for the time, and
/// `{whose}` for the column by which grants are listed.
pub(crate) struct Dialect {
    pub(crate) row: &'static str,
    pub(crate) now: &'static str,
    pub(crate) insert: &'static str,
    pub(crate) find: &'static str,
    pub(crate) find_by_user_code: &'static str,
    pub(crate) replace: &'static str,
    pub(crate) poll: &'static str,
    pub(crate) list: &'static str,
    pub(crate) purge: &'static str,
}

/// The statements of an engine with the prefix of the tables. Each has the same parameters and columns in every engine.
pub(super) struct Statements {
    pub(super) now: Arc<str>,
    pub(super) insert: Arc<str>,
    pub(super) find: Arc<str>,
    pub(super) find_by_user_code: Arc<str>,
    pub(super) replace: Arc<str>,
    pub(super) poll: Arc<str>,
    pub(super) list_of_subject: Arc<str>,
    pub(super) list_of_client: Arc<str>,
    pub(super) purge: Arc<str>,
}

impl Statements {
    pub(super) fn new(dialect: &Dialect, prefix: &TablePrefix) -> Self {
        let complete = |sql: &str| {
            let sql = sql.replace("{row}", dialect.row.trim_end());
            prefix.text(&sql.replace("{now}", dialect.now.trim_end()))
        };
        let list_of = |whose: &str| complete(&dialect.list.replace("{whose}", whose));
        Self {
            now: complete("SELECT {now}"),
            insert: complete(dialect.insert),
            find: complete(dialect.find),
            find_by_user_code: complete(dialect.find_by_user_code),
            replace: complete(dialect.replace),
            poll: complete(dialect.poll),
            list_of_subject: list_of("subject"),
            list_of_client: list_of("client_id"),
            purge: complete(dialect.purge),
        }
    }
}
