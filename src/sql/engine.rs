use std::fmt;

use super::Trouble;

/// The SQL that a database engine has of its own, and the meaning of its codes.
pub(crate) struct Engine {
    /// The folder of its migrations.
    pub(crate) folder: &'static str,
    pub(crate) parameters: Parameters,
    pub(crate) grants: Grants,
    pub(crate) limits: Limits,
    /// The number of rows that one statement may delete, so that it keeps no other writer waiting for long.
    pub(crate) purged_at_once: u32,
    /// The number of statements with polls that are worth being under way at once.
    pub(crate) writes_at_once: usize,
    pub(crate) schema: Schema,
    pub(crate) server: Server,
    pub(crate) trouble: fn(&str) -> Trouble,
    pub(crate) advice: fn(Trouble) -> &'static str,
    /// Returns whether an insertion was refused because its id or its user code is taken, if that is an error.
    pub(crate) is_duplicate: fn(&str) -> bool,
    /// Returns whether the statement lost against another one, so that nothing was written and it may be repeated at once.
    pub(crate) is_conflict: fn(&str) -> bool,
    /// A query that takes ten milliseconds.
    pub(crate) pause: &'static str,
}

/// The way in which the engine writes the parameter that the files call `?1`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Parameters {
    /// `$1`
    Dollar,
    /// `?1`
    Numbered,
    /// `?`, once for each value.
    Positional,
}

/// The statements about grants. Each has the same parameters and columns in every engine, and `?1` is the time if the host
/// tells it. `{now}`, `{id}` and `{row}` stand for the fields of these names, `{whose}` for the column that grants are listed
/// by, `{by_index}` for a condition that the index on it serves, and `{in_index_order}` for the order of that index.
/// `{chosen}` stands for one of [`one`](Self::one), [`chosen`](Self::chosen) and [`free`](Self::free).
pub(crate) struct Grants {
    /// The time.
    pub(crate) now: &'static str,
    /// The parameter `?2`, as the type of the column `id`.
    pub(crate) id: &'static str,
    /// The columns of a row.
    pub(crate) row: &'static str,
    pub(crate) by_index: &'static str,
    /// The order of that index if it is coarser than that of a list. Only rows that it holds for equal are then sorted.
    pub(crate) in_index_order: &'static str,
    /// Chooses the grant whose id is `?2`.
    pub(crate) one: &'static str,
    /// Chooses the grants whose ids are in `?2`, which are concatenated, with 16 bytes each.
    pub(crate) chosen: &'static str,
    /// Chooses the same grants, locks their rows in the order of the ids, and passes over those that another session has locked.
    pub(crate) free: &'static str,
    pub(crate) insert: &'static str,
    pub(crate) find_by_user_code: &'static str,
    pub(crate) replace: &'static str,
    pub(crate) poll: &'static str,
    /// Finds a grant that [`poll`](Self::poll) would leave as it is, because its device was told the longest interval.
    pub(crate) told: &'static str,
    /// Finds a grant that [`poll`](Self::poll) did not pace, if `poll` does not return such grants.
    pub(crate) unpaced: Option<&'static str>,
    pub(crate) purge: Purge,
}

/// The statements that are the same in every engine.
pub(crate) const FIND: &str = include_str!("grants/find.sql");
pub(crate) const LIST: &str = include_str!("grants/list.sql");

/// The statements about limits.
pub(crate) struct Limits {
    pub(crate) charge: Charging,
    pub(crate) purge: Purge,
}

/// The statements that delete rows that are due, and pass over those that another session has locked.
pub(crate) struct Purge {
    /// Finds up to `?2` rows behind the first `?3`, and returns their keys in hexadecimal, if `delete` cannot find them itself.
    pub(crate) due: Option<&'static str>,
    /// Deletes up to `?2` rows; those whose keys are in the JSON list `?2` if there is `due`.
    pub(crate) delete: &'static str,
}

/// The place where charges are judged.
pub(crate) enum Charging {
    /// In the database, by a function. The statement returns the index of the refused charge and the time to wait.
    There(&'static str),
    /// Here: what `read` found is judged, and `write` writes the outcome if nothing has changed since. `forget` deletes the
    /// keys that owe nothing any more.
    Here {
        read: &'static str,
        write: &'static str,
        forget: &'static str,
    },
}

/// The server, or the library, that a pool has to talk to.
pub(crate) struct Server {
    /// Its name and the oldest supported version.
    pub(crate) expected: &'static str,
    /// The query for the name and the version of a server.
    pub(crate) query: &'static str,
    pub(crate) is_it: fn(&str) -> bool,
}

/// Returns whether this version, such as `10.11.6`, has at least these two numbers.
pub(crate) fn is_at_least(version: &str, oldest: (u32, u32)) -> bool {
    let digits = version.split(|other: char| !other.is_ascii_digit());
    let mut numbers = digits.map(|digits| digits.parse::<u32>().unwrap_or_default());
    let major = numbers.next().unwrap_or_default();
    (major, numbers.next().unwrap_or_default()) >= oldest
}

/// The tables.
pub(crate) struct Schema {
    /// The migrations, each of which adds to the version before it.
    pub(crate) migrations: &'static [&'static str],
    /// The statements before and behind the migrations. They let one node migrate at a time.
    pub(crate) begin: &'static str,
    pub(crate) commit: &'static str,
    /// Tells by 0 or 1 whether the table of the version exists.
    pub(crate) is_there: &'static str,
    /// Sets the journal mode and returns it.
    pub(crate) journal: Option<&'static str>,
    pub(crate) store_checks: &'static [Check],
    pub(crate) limiter_checks: &'static [Check],
}

/// Something that `check` looks at.
pub(crate) enum Check {
    /// A query for a number: this is the matter, unless it is 0.
    Number(&'static str, Trouble),
    /// A query for the rights that are missing, a line each.
    Rights(&'static str),
    /// A query for the journal mode.
    Journal(&'static str),
    /// Statements that change nothing.
    Script(&'static str),
    /// A query for advice about settings, a line each.
    Settings(&'static str),
}

// An error shows it, and none of its SQL.
impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.folder)
    }
}

impl Grants {
    /// Replaces the marks.
    pub(super) fn complete(&self, sql: &str) -> String {
        sql.replace("{row}", self.row.trim_end())
            .replace("{by_index}", self.by_index)
            .replace("{in_index_order}", self.in_index_order)
            .replace("{id}", self.id)
            .replace("{now}", self.now.trim_end())
    }
}
