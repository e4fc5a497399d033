use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::message::{ErrorResponse, Parameters, parameters::invalid_request};

/// Holds what a client asks of the end user's sign-in and of the pages
/// ([OpenID Connect Core §3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest)).
///
/// `max_age` is enforced at the approval, `acr_values` as far as the server
/// [supports](crate::device_grants::Builder::acr_values_supported) them; `login_hint` and `ui_locales` are hints. All
/// of it is kept with the grant, for the review, the policy and the token issuer. The setters bear the names of the
/// wire; the getters have other names. `Debug` hides the hint, which names a person.
///
/// ```
/// use std::time::Duration;
/// use device_grant::message::{DeviceAuthorizationRequest, SignInParameters};
///
/// let pairs = [("client_id", "tv"), ("acr_values", "mfa pwd"), ("max_age", "300"), ("ui_locales", "de-AT en")];
/// let request = DeviceAuthorizationRequest::from_pairs(pairs)?;
/// let sign_in = request.sign_in_parameters();
/// assert_eq!(sign_in.wanted_acr_values(), ["mfa", "pwd"]);
/// assert_eq!(sign_in.longest_age(), Some(Duration::from_secs(300)));
/// assert_eq!(sign_in.preferred_locales(), ["de-AT", "en"]);
/// # Ok::<(), device_grant::message::ErrorResponse>(())
/// ```
#[derive(Clone, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct SignInParameters {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    acr_values: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_age: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    login_hint: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ui_locales: Vec<String>,
}

impl SignInParameters {
    /// The most values that `acr_values` may have, and the most that are kept of `ui_locales`.
    pub const MAX_VALUES: usize = 16;
    /// The longest of `acr_values`, in bytes.
    pub const MAX_ACR: usize = 256;
    /// The longest `login_hint`, in bytes.
    pub const MAX_LOGIN_HINT: usize = 512;
    /// The longest language tag that [RFC 5646 §4.4.1](https://www.rfc-editor.org/rfc/rfc5646#section-4.4.1) has
    /// software cope with.
    const MAX_LOCALE: usize = 35;

    /// Starts from a request that asks for nothing in particular.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads them.
    ///
    /// # Errors
    ///
    /// Returns `invalid_request` for a repeated parameter, for a `max_age` that is no number of seconds, and for
    /// `acr_values` or a `login_hint` beyond what [`acr_values`](Self::acr_values) and
    /// [`login_hint`](Self::login_hint) take.
    pub fn from_parameters(parameters: &Parameters) -> Result<Self, ErrorResponse> {
        let mut sign_in = Self::new();
        if let Some(values) = parameters.once("acr_values")? {
            sign_in = sign_in.acr_values(values.split(' ').filter(|value| !value.is_empty()))?;
        }
        if let Some(seconds) = parameters.once("max_age")? {
            sign_in.max_age = Some(seconds_of(seconds)?);
        }
        if let Some(hint) = parameters.once("login_hint")? {
            sign_in = sign_in.login_hint(hint)?;
        }
        if let Some(tags) = parameters.once("ui_locales")? {
            sign_in = sign_in.ui_locales(tags.split(' '));
        }
        Ok(sign_in)
    }

    /// Sets `acr_values`: the authentication context classes that would do, the best one first.
    ///
    /// # Errors
    ///
    /// Returns `invalid_request` for more than [`MAX_VALUES`](Self::MAX_VALUES), or for one that is empty, longer than
    /// [`MAX_ACR`](Self::MAX_ACR), or anything but printable ASCII without spaces.
    pub fn acr_values<A: Into<String>>(
        mut self,
        values: impl IntoIterator<Item = A>,
    ) -> Result<Self, ErrorResponse> {
        let values: Vec<String> = values
            .into_iter()
            .take(Self::MAX_VALUES + 1)
            .map(Into::into)
            .collect();
        if values.len() > Self::MAX_VALUES || !values.iter().all(|value| is_acr(value)) {
            return Err(invalid_request("acr_values is malformed"));
        }
        self.acr_values = values;
        Ok(self)
    }

    /// Sets `max_age`: how long ago the sign-in may be, in whole seconds. A sign-in after the codes were issued is
    /// always recent enough, so that zero asks for a new one.
    #[must_use]
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(u32::try_from(age.as_secs()).unwrap_or(u32::MAX));
        self
    }

    /// Sets `login_hint`: who the end user probably is. Nobody has verified it.
    ///
    /// # Errors
    ///
    /// Returns `invalid_request` for one that is longer than [`MAX_LOGIN_HINT`](Self::MAX_LOGIN_HINT), or has control
    /// characters.
    pub fn login_hint(mut self, hint: impl Into<String>) -> Result<Self, ErrorResponse> {
        let hint = hint.into();
        if hint.len() > Self::MAX_LOGIN_HINT || hint.contains(char::is_control) {
            return Err(invalid_request("login_hint is malformed"));
        }
        self.login_hint = (!hint.is_empty()).then_some(hint);
        Ok(self)
    }

    /// Sets `ui_locales`: the languages that the end user prefers, as BCP 47 tags. What is no tag is left out, and
    /// what comes after many others: a language that nobody has is no error.
    #[must_use]
    pub fn ui_locales<L: Into<String>>(mut self, tags: impl IntoIterator<Item = L>) -> Self {
        let tags = tags.into_iter().map(Into::into);
        self.ui_locales = tags
            .filter(|tag| is_tag(tag))
            .take(Self::MAX_VALUES)
            .collect();
        self
    }

    /// Returns `acr_values`.
    #[must_use]
    pub fn wanted_acr_values(&self) -> &[String] {
        &self.acr_values
    }

    /// Returns `max_age`.
    #[must_use]
    pub fn longest_age(&self) -> Option<Duration> {
        self.max_age.map(|age| Duration::from_secs(age.into()))
    }

    /// Returns `login_hint`. It comes from a stranger and has to be escaped.
    #[must_use]
    pub fn hinted_login(&self) -> Option<&str> {
        self.login_hint.as_deref()
    }

    /// Returns `ui_locales`.
    #[must_use]
    pub fn preferred_locales(&self) -> &[String] {
        &self.ui_locales
    }

    pub(crate) fn into_parts(self) -> (Vec<String>, Option<u32>, Option<String>, Vec<String>) {
        (
            self.acr_values,
            self.max_age,
            self.login_hint,
            self.ui_locales,
        )
    }

    pub(crate) fn from_parts(
        acr_values: Vec<String>,
        max_age: Option<u32>,
        login_hint: Option<String>,
        ui_locales: Vec<String>,
    ) -> Self {
        Self {
            acr_values,
            max_age,
            login_hint,
            ui_locales,
        }
    }

    /// Returns whether nothing in particular is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Debug for SignInParameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInParameters")
            .field("acr_values", &self.acr_values)
            .field("max_age", &self.max_age)
            .field("login_hint", &self.login_hint.is_some())
            .field("ui_locales", &self.ui_locales)
            .finish()
    }
}

fn seconds_of(text: &str) -> Result<u32, ErrorResponse> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse().ok().filter(|_| is_number);
    seconds.ok_or_else(|| invalid_request("max_age is no number of seconds"))
}

fn is_acr(value: &str) -> bool {
    (1..=SignInParameters::MAX_ACR).contains(&value.len())
        && value.bytes().all(|byte| matches!(byte, b'!'..=b'~'))
}

fn is_tag(tag: &str) -> bool {
    (1..=SignInParameters::MAX_LOCALE).contains(&tag.len())
        && tag
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}
