//! The one error of everything that is read from text or set by a host.

use std::borrow::Cow;
use std::fmt;

use thiserror::Error;

/// The error of a value that breaks a rule: a scope, a URI, an origin, a code key, a format of user codes, a ticket, a cursor, a
/// token response, an error code, host data, the name of a parameter, a prefix of tables or keys, a colour, or the text of a QR
/// code. The message names the rule, and never quotes a secret.
///
/// ```
/// use device_grant::code::{CodeKeys, UserCodeFormat};
/// use device_grant::message::Scope;
///
/// let error = "openid  profile".parse::<Scope>().unwrap_err();
/// assert_eq!(error.to_string(), "tokens are separated by exactly one space");
/// let error = CodeKeys::from_base64("c2VjcmV0").unwrap_err();
/// assert_eq!(error.to_string(), "a code key of 6 bytes is too short, 32 are needed");
/// let error = UserCodeFormat::digits(8).unwrap_err();
/// assert_eq!(error.to_string(), "user codes of 8 characters are too short, 9 are needed");
/// ```
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("{0}")]
pub struct InvalidValue(Cow<'static, str>);

impl InvalidValue {
    /// The error of a value that breaks this rule.
    pub(crate) const fn because(rule: &'static str) -> Self {
        Self(Cow::Borrowed(rule))
    }

    /// The error of a value that breaks this rule, which is worded with numbers or names.
    pub(crate) fn of(rule: impl fmt::Display) -> Self {
        Self(Cow::Owned(rule.to_string()))
    }
}
