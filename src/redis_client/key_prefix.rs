use std::fmt;
use std::sync::Arc;

use crate::invalid_value::InvalidValue;

/// The rule of a prefix.
const NOT_A_PREFIX: InvalidValue =
    InvalidValue::because("a key prefix is 1 to 64 ASCII letters, digits or any of `: . _ - /`");

/// The prefix of the names of all keys of a deployment.
#[derive(Clone)]
pub(crate) struct KeyPrefix(Arc<str>);

impl KeyPrefix {
    const MAX_BYTES: usize = 64;

    pub(crate) fn parse(prefix: &str) -> Result<Self, InvalidValue> {
        // Braces would be a hash tag, and put all keys into one slot of a Cluster; `*`, `?` and `[` are patterns to a
        // purge.
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b":._-/".contains(&byte);
        let is_valid =
            (1..=Self::MAX_BYTES).contains(&prefix.len()) && prefix.bytes().all(is_allowed);
        if is_valid {
            Ok(Self(prefix.into()))
        } else {
            Err(NOT_A_PREFIX)
        }
    }
}

impl Default for KeyPrefix {
    fn default() -> Self {
        Self("dg:".into())
    }
}

impl fmt::Display for KeyPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for KeyPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_would_choose_a_slot_of_the_cluster() {
        assert!(KeyPrefix::parse("{dg}:").is_err());
    }

    #[test]
    fn a_prefix_separates_deployments_so_it_is_not_empty() {
        assert!(KeyPrefix::parse("").is_err());
    }

    #[test]
    fn a_prefix_is_short_and_printable() {
        assert!(KeyPrefix::parse("staging/dg:").is_ok());
        for wrong in ["dg *", "dg\n", "dgé:", &"x".repeat(65)] {
            assert!(KeyPrefix::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
