use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use crate::sql::TablePrefix;

/// The statements with the prefix of the tables.
pub(super) struct Statements {
    pub(super) insert: SqlStr,
    pub(super) find: SqlStr,
    find_by_user_code: SqlStr,
    pub(super) replace: SqlStr,
    pub(super) poll: SqlStr,
    pub(super) list_of_subject: SqlStr,
    pub(super) list_of_client: SqlStr,
    pub(super) purge: SqlStr,
}

impl Statements {
    pub(super) fn new(prefix: &TablePrefix) -> Self {
        Self {
            insert: prefix.apply(include_str!("insert.sql")),
            find: prefix.apply(include_str!("find.sql")),
            find_by_user_code: prefix.apply(include_str!("find_by_user_code.sql")),
            replace: prefix.apply(include_str!("replace.sql")),
            poll: prefix.apply(include_str!("poll.sql")),
            list_of_subject: prefix.apply(include_str!("list_of_subject.sql")),
            list_of_client: prefix.apply(include_str!("list_of_client.sql")),
            purge: prefix.apply(include_str!("purge.sql")),
        }
    }

    /// With a parameter for each of this many digests.
    pub(super) fn find_by_user_code(&self, codes: usize) -> SqlStr {
        let parameters = vec!["?"; codes].join(", ");
        let sql = format!("{} ({parameters})", self.find_by_user_code.as_str());
        AssertSqlSafe(sql).into_sql_str()
    }
}
