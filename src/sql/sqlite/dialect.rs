use crate::sql::Dialect;

pub(crate) const DIALECT: Dialect = Dialect {
    row: include_str!("grants/row.sql"),
    now: "?1",
    insert: include_str!("grants/insert.sql"),
    find: include_str!("grants/find.sql"),
    find_by_user_code: include_str!("grants/find_by_user_code.sql"),
    replace: include_str!("grants/replace.sql"),
    poll: include_str!("grants/poll.sql"),
    list: include_str!("grants/list.sql"),
    purge: include_str!("grants/purge.sql"),
};
