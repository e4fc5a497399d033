use std::sync::Arc;

use crate::invalid_value::InvalidValue;

/// The rule of a prefix.
const NOT_A_PREFIX: InvalidValue = InvalidValue::because(
    "a table prefix is 1 to 40 lower-case letters, digits and underscores, and begins with no digit",
);

/// The prefix of the names of all tables and indexes. It is a valid identifier, so it needs no quotes in SQL.
#[derive(Clone, Debug)]
pub(crate) struct TablePrefix(Arc<str>);

/// The prefix in the SQL of this crate.
const WRITTEN: &str = "device_";

/// The names that follow that prefix in the SQL. Others, such as `device_code` in a comment, are left as they are.
const NAMES: [&str; 4] = ["charge", "grants", "limits", "schema"];

impl Default for TablePrefix {
    fn default() -> Self {
        Self(WRITTEN.into())
    }
}

impl TablePrefix {
    /// The longest prefix. PostgreSQL cuts names at 63 bytes, and the longest name has 23 bytes after the prefix.
    const MAX_LEN: usize = 40;

    pub(crate) fn parse(prefix: &str) -> Result<Self, InvalidValue> {
        let is_start = |byte: &u8| byte.is_ascii_lowercase() || *byte == b'_';
        let is_rest = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if prefix.as_bytes().first().is_some_and(is_start)
            && prefix.bytes().all(is_rest)
            && prefix.len() <= Self::MAX_LEN
        {
            Ok(Self(prefix.into()))
        } else {
            Err(NOT_A_PREFIX)
        }
    }

    /// The SQL with this prefix.
    pub(crate) fn apply(&self, sql: &str) -> String {
        // In one pass: a prefix may itself contain one of the names.
        let mut applied = String::with_capacity(sql.len());
        let mut rest = sql;
        while let Some((before, after)) = rest.split_once(WRITTEN) {
            let is_name = NAMES.iter().any(|name| after.starts_with(name));
            applied.push_str(before);
            applied.push_str(if is_name { &self.0 } else { WRITTEN });
            rest = after;
        }
        applied.push_str(rest);
        applied
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_put_before_every_name() {
        let prefix = TablePrefix::parse("auth_").unwrap();
        let sql =
            "UPDATE device_grants SET x = 'device_code'; CREATE INDEX device_grants_forget_at";
        let applied =
            "UPDATE auth_grants SET x = 'device_code'; CREATE INDEX auth_grants_forget_at";
        assert_eq!(prefix.apply(sql), applied);
        let prefix = TablePrefix::parse("device_grants_").unwrap();
        assert_eq!(
            prefix.apply("device_charge, device_grants"),
            "device_grants_charge, device_grants_grants"
        );
    }

    #[test]
    fn nothing_but_an_identifier_is_a_prefix() {
        for prefix in [
            "",
            "1a",
            "A_",
            "a b",
            "a;",
            "a\"",
            "a.b_",
            "\u{e4}_",
            &"a".repeat(41),
        ] {
            assert!(TablePrefix::parse(prefix).is_err(), "{prefix:?}");
        }
        for prefix in ["_", "a", "device_", "a1_", &"a".repeat(40)] {
            assert!(TablePrefix::parse(prefix).is_ok(), "{prefix:?}");
        }
    }
}
