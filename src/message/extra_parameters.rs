use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::invalid_value::InvalidValue;
use crate::message::{
    ErrorCode, ErrorResponse, Parameters, parameters::invalid_request, reason::Reason,
};

/// Names a parameter of the host's own that device authorization requests may carry, and how long it may be.
///
/// Only what a host names is kept: any other parameter is ignored
/// ([RFC 8628 §3.1](https://www.rfc-editor.org/rfc/rfc8628#section-3.1)).
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ExtraParameter {
    name: Box<str>,
    max_len: usize,
}

impl ExtraParameter {
    /// The longest value that can be allowed, in bytes.
    pub(crate) const MAX_LEN: usize = 4096;
    pub(super) const MAX_NAME: usize = 64;

    /// Names a parameter; its value may have `max_len` bytes, at most [`ExtraParameter::MAX_LEN`].
    ///
    /// # Errors
    ///
    /// Returns [`InvalidValue`] for a name that is empty, long, or not made of printable ASCII, and for one
    /// that has a meaning of its own: this crate reads it, or it is a secret, which must not be stored.
    pub(crate) fn new(name: &str, max_len: usize) -> Result<Self, InvalidValue> {
        if TAKEN.contains(&name) {
            return Err(Reason::ParameterTaken.into());
        }
        Self::once_named(name, max_len)
    }

    /// A parameter that was named by a host at some time. Its name may be taken since: a grant that has it stays readable.
    fn once_named(name: &str, max_len: usize) -> Result<Self, InvalidValue> {
        let is_name = (1..=Self::MAX_NAME).contains(&name.len())
            && name.bytes().all(|byte| matches!(byte, b'!'..=b'~'));
        if !is_name {
            return Err(Reason::ParameterName.into());
        }
        Ok(Self {
            name: name.into(),
            max_len: max_len.min(Self::MAX_LEN),
        })
    }

    /// Returns its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Returns how many bytes its value may have.
    fn max_len(&self) -> usize {
        self.max_len
    }
}

/// Names that have a meaning already, or belong to a secret of another request.
const TAKEN: &[&str] = &[
    "acr_values",
    "authorization_details",
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_secret",
    "code",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "confirmation_code",
    "device_code",
    "dpop_jkt",
    "grant_type",
    "login_hint",
    "max_age",
    "nonce",
    "password",
    "refresh_token",
    "resource",
    "scope",
    "token",
    "ui_locales",
];

/// The extra parameters of a device authorization request that you configured, for your policy, page and token issuer.
///
/// Do not trust the values. They have no control characters. `Debug` shows only the names.
///
/// ```
/// use device_grant::message::{ExtraParameters, Parameters};
///
/// let parameters = Parameters::from_pairs([("binding_message", "till 4"), ("telemetry", "x")])?;
/// let extras = ExtraParameters::read(&parameters, &[("binding_message", 64)])?;
/// assert_eq!(extras.get("binding_message"), Some("till 4"));
/// assert_eq!(extras.get("telemetry"), None);
/// # Ok::<(), device_grant::message::ErrorResponse>(())
/// ```
#[derive(Clone, Default, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct ExtraParameters(BTreeMap<Box<str>, Box<str>>);

impl ExtraParameters {
    /// The largest number of bytes of a value.
    pub const MAX_LEN: usize = ExtraParameter::MAX_LEN;
    /// The largest number of bytes of all names and values together: 8 KiB.
    pub const MAX_TOTAL: usize = 8 * 1024;

    /// Reads the `named` parameters of a request, and no others; each name comes with the largest number of bytes that
    /// its value may have, at most [`ExtraParameters::MAX_LEN`].
    ///
    /// # Errors
    ///
    /// Returns `invalid_request` if one of them is repeated, longer than it may be, or has control characters, or if all
    /// together exceed [`ExtraParameters::MAX_TOTAL`]; `server_error` for a name that is empty, longer than 64 bytes or
    /// not printable ASCII, and for one that has a meaning of its own: this crate reads it, or it is a secret, which must
    /// not be stored.
    pub fn read(parameters: &Parameters, named: &[(&str, usize)]) -> Result<Self, ErrorResponse> {
        let named = named
            .iter()
            .map(|(name, max_len)| ExtraParameter::new(name, *max_len));
        let named: Result<Vec<_>, _> = named.collect();
        // The host names the parameters, so a wrong name is no fault of the request.
        Self::read_named(parameters, &named.map_err(|_| ErrorCode::ServerError)?)
    }

    /// Reads these parameters, and no others.
    pub(crate) fn read_named(
        parameters: &Parameters,
        named: &[ExtraParameter],
    ) -> Result<Self, ErrorResponse> {
        named.iter().try_fold(Self::default(), |extras, parameter| {
            match parameters.once(parameter.name())? {
                Some(value) => extras.with(parameter, value),
                None => Ok(extras),
            }
        })
    }

    /// Sets the value of a parameter.
    pub(crate) fn with(
        mut self,
        parameter: &ExtraParameter,
        value: &str,
    ) -> Result<Self, ErrorResponse> {
        let name = parameter.name();
        if value.len() > parameter.max_len() {
            return Err(invalid_request(format!("{name} is too long")));
        }
        if value.contains(char::is_control) {
            return Err(invalid_request(format!("{name} is malformed")));
        }
        self.0.insert(name.into(), value.into());
        let total: usize = self
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum();
        if total > Self::MAX_TOTAL {
            return Err(invalid_request("the request is too large"));
        }
        Ok(self)
    }

    /// Returns the value of a parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(AsRef::as_ref)
    }

    /// Returns whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns all names and values, in the order of the names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }
}

impl<'de> Deserialize<'de> for ExtraParameters {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let held = <BTreeMap<Box<str>, Box<str>>>::deserialize(deserializer)?;
        let mut extras = Self::default();
        for (name, value) in &held {
            let parameter = ExtraParameter::once_named(name, ExtraParameter::MAX_LEN);
            let parameter = parameter.map_err(de::Error::custom)?;
            extras = extras.with(&parameter, value).map_err(de::Error::custom)?;
        }
        Ok(extras)
    }
}

impl fmt::Debug for ExtraParameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
