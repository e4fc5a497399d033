use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::message::{ErrorResponse, Parameters, parameters::invalid_request};

/// Holds what a client asks of the end user's sign-in and of the pages
/// ([OpenID Connect Core §3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest)).
///
/// `max_age` is enforced at the approval, `acr_values` as far as the server
/// [supports](crate::device_grants::Builder::acr_values_supported) them; `login_hint` and `ui_locales` are hints. All
/// of it is kept with the grant, for the review, the policy and the token issuer. `Debug` hides the hint, which names a person.
///
/// ```
/// use std::time::Duration;
/// use device_grant::message::{Parameters, SignInParameters};
///
/// let pairs = [("client_id", "tv"), ("acr_values", "mfa pwd"), ("max_age", "300"), ("ui_locales", "de-AT en")];
/// let sign_in = SignInParameters::try_from(&Parameters::from_pairs(pairs)?)?;
/// assert_eq!(sign_in.acr_values(), ["mfa", "pwd"]);
/// assert_eq!(sign_in.max_age(), Some(Duration::from_secs(300)));
/// assert_eq!(sign_in.ui_locales(), ["de-AT", "en"]);
/// # Ok::<(), device_grant::message::ErrorResponse>(())
/// ```
#[derive(Clone, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "Unchecked")]
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

    /// Returns `acr_values`: the authentication context classes that would do, the best one first.
    #[must_use]
    pub fn acr_values(&self) -> &[String] {
        &self.acr_values
    }

    /// Returns `max_age`: how long ago the sign-in may be, in whole seconds. A sign-in after the codes were issued is
    /// always recent enough, so that zero asks for a new one.
    #[must_use]
    pub fn max_age(&self) -> Option<Duration> {
        self.max_age.map(|age| Duration::from_secs(age.into()))
    }

    /// Returns `login_hint`: who the end user probably is. It comes from a stranger, is unverified, and has to be escaped.
    #[must_use]
    pub fn login_hint(&self) -> Option<&str> {
        self.login_hint.as_deref()
    }

    /// Returns `ui_locales`: the languages that the end user prefers, as BCP 47 tags.
    #[must_use]
    pub fn ui_locales(&self) -> &[String] {
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
}

impl TryFrom<&Parameters> for SignInParameters {
    type Error = ErrorResponse;

    /// Reads them.
    ///
    /// Anything in `ui_locales` that is no language tag is left out, and what comes after many others: a language that nobody has
    /// is no error.
    ///
    /// # Errors
    ///
    /// Returns `invalid_request` for a repeated parameter; for a `max_age` that is no number of seconds; for more than
    /// [`MAX_VALUES`](Self::MAX_VALUES) `acr_values`, or one that is longer than [`MAX_ACR`](Self::MAX_ACR) or anything
    /// but printable ASCII; and for a `login_hint` that is longer than [`MAX_LOGIN_HINT`](Self::MAX_LOGIN_HINT), or has
    /// control characters.
    fn try_from(parameters: &Parameters) -> Result<Self, ErrorResponse> {
        let acr_values = parameters.once("acr_values")?.map(acr_values);
        let max_age = parameters.once("max_age")?.map(seconds_of);
        let login_hint = parameters.once("login_hint")?.map(login_hint);
        let ui_locales = parameters.once("ui_locales")?.map(tags);
        Ok(Self {
            acr_values: acr_values.transpose()?.unwrap_or_default(),
            max_age: max_age.transpose()?,
            login_hint: login_hint.transpose()?,
            ui_locales: ui_locales.unwrap_or_default(),
        })
    }
}

/// The members as JSON has them, before anything was checked.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Unchecked {
    acr_values: Vec<String>,
    max_age: Option<u32>,
    login_hint: Option<String>,
    ui_locales: Vec<String>,
}

impl TryFrom<Unchecked> for SignInParameters {
    type Error = ErrorResponse;

    fn try_from(unchecked: Unchecked) -> Result<Self, ErrorResponse> {
        Ok(Self {
            acr_values: listed_acr_values(unchecked.acr_values.iter().map(String::as_str))?,
            max_age: unchecked.max_age,
            login_hint: unchecked
                .login_hint
                .as_deref()
                .map(login_hint)
                .transpose()?,
            ui_locales: listed_tags(unchecked.ui_locales.iter().map(String::as_str)),
        })
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

fn acr_values(text: &str) -> Result<Vec<String>, ErrorResponse> {
    listed_acr_values(text.split(' ').filter(|value| !value.is_empty()))
}

fn listed_acr_values<'a>(
    values: impl Iterator<Item = &'a str>,
) -> Result<Vec<String>, ErrorResponse> {
    let values: Vec<&str> = values.take(SignInParameters::MAX_VALUES + 1).collect();
    if values.len() > SignInParameters::MAX_VALUES || !values.iter().all(|value| is_acr(value)) {
        return Err(invalid_request("acr_values is malformed"));
    }
    Ok(values.into_iter().map(str::to_owned).collect())
}

fn login_hint(hint: &str) -> Result<String, ErrorResponse> {
    if hint.len() > SignInParameters::MAX_LOGIN_HINT || hint.contains(char::is_control) {
        return Err(invalid_request("login_hint is malformed"));
    }
    Ok(hint.to_owned())
}

fn tags(text: &str) -> Vec<String> {
    listed_tags(text.split(' '))
}

fn listed_tags<'a>(tags: impl Iterator<Item = &'a str>) -> Vec<String> {
    let tags = tags.filter(|tag| is_tag(tag));
    let tags = tags.take(SignInParameters::MAX_VALUES);
    tags.map(str::to_owned).collect()
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
