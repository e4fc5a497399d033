use std::fmt;
use std::time::Duration;

use crate::message::{ErrorResponse, Parameters, parameters::invalid_request};

/// The requirements and hints of a client or a policy for the end user's sign-in and the pages
/// ([OpenID Connect Core §3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest)).
///
/// `max_age` is enforced at the approval, and `acr_values` as far as the server
/// [supports](crate::device_grants::Builder::acr_values_supported) them. `login_hint` and `ui_locales` are hints. `nonce` is for
/// the ID token. All are stored with the grant, for the review, the policy and the token issuer. `Debug` hides `login_hint`,
/// which names a person, and `nonce`.
///
/// ```
/// use std::time::Duration;
/// use device_grant::message::{Parameters, SignInParameters};
///
/// let pairs = [("client_id", "tv"), ("acr_values", "mfa pwd"), ("max_age", "300"), ("ui_locales", "de-AT en")];
/// let sign_in = SignInParameters::try_from(&Parameters::from_pairs(pairs)?)?;
/// assert_eq!(sign_in.acr_values, ["mfa", "pwd"]);
/// assert_eq!(sign_in.max_age, Some(Duration::from_secs(300)));
/// assert_eq!(sign_in.ui_locales, ["de-AT", "en"]);
/// # Ok::<(), device_grant::message::ErrorResponse>(())
/// ```
#[derive(Clone, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct SignInParameters {
    /// `acr_values`: the acceptable authentication context classes, the preferred one first.
    pub acr_values: Vec<String>,
    /// `max_age`: the largest age of the sign-in, in whole seconds. A sign-in after the codes were issued is always
    /// recent enough, so that zero asks for a new one.
    pub max_age: Option<Duration>,
    /// `login_hint`: the end user, as the device claims. It is unverified; escape it.
    pub login_hint: Option<String>,
    /// `ui_locales`: the languages that the end user prefers, as BCP 47 tags.
    pub ui_locales: Vec<String>,
    /// `nonce`: the value that the ID token has to repeat as its `nonce` claim, by which the client recognises the token that it
    /// asked for ([OpenID Connect Core §2](https://openid.net/specs/openid-connect-core-1_0.html#IDToken)). An ID token of a
    /// refresh has none ([§12.2](https://openid.net/specs/openid-connect-core-1_0.html#RefreshTokenResponse)).
    pub nonce: Option<String>,
}

impl SignInParameters {
    /// The largest number of values of `acr_values`, and of kept values of `ui_locales`: 16.
    pub const MAX_VALUES: usize = 16;
    /// The longest of `acr_values`, in bytes.
    pub const MAX_ACR: usize = 256;
    /// The longest `login_hint`, in bytes.
    pub const MAX_LOGIN_HINT: usize = 512;
    /// The longest `nonce`, in bytes.
    pub const MAX_NONCE: usize = 512;
    /// The longest language tag that [RFC 5646 §4.4.1](https://www.rfc-editor.org/rfc/rfc5646#section-4.4.1) has
    /// software cope with.
    // As many as RFC 5646 §4.4.1 has a protocol allow for a tag.
    const MAX_LOCALE: usize = 35;

    /// Parameters that require one of these authentication context classes.
    pub fn acr<A: Into<String>>(acr_values: impl IntoIterator<Item = A>) -> Self {
        Self {
            acr_values: acr_values.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }

    /// Parameters that require a sign-in of at most this age.
    #[must_use]
    pub fn max_age(age: Duration) -> Self {
        Self {
            max_age: Some(age),
            ..Self::default()
        }
    }
}

impl TryFrom<&Parameters> for SignInParameters {
    type Error = ErrorResponse;

    /// Reads the parameters.
    ///
    /// In `ui_locales`, texts that are no language tags are left out, and so are tags after many others, because an unknown language
    /// is no error.
    ///
    /// # Errors
    ///
    /// Returns `invalid_request` for a repeated parameter; for a `max_age` that is no number of seconds; for more than
    /// [`MAX_VALUES`](Self::MAX_VALUES) `acr_values`, or one that is longer than [`MAX_ACR`](Self::MAX_ACR) or anything
    /// but printable ASCII; and for a `login_hint` or a `nonce` that is longer than
    /// [`MAX_LOGIN_HINT`](Self::MAX_LOGIN_HINT) or [`MAX_NONCE`](Self::MAX_NONCE), or has control characters.
    fn try_from(parameters: &Parameters) -> Result<Self, ErrorResponse> {
        let acr_values = parameters.once("acr_values")?.map(acr_values);
        let max_age = parameters.once("max_age")?.map(seconds_of);
        let login_hint = parameters.once("login_hint")?.map(login_hint);
        let ui_locales = parameters.once("ui_locales")?.map(tags);
        let nonce = parameters.once("nonce")?.map(nonce);
        Ok(Self {
            acr_values: acr_values.transpose()?.unwrap_or_default(),
            max_age: max_age.transpose()?,
            login_hint: login_hint.transpose()?,
            ui_locales: ui_locales.unwrap_or_default(),
            nonce: nonce.transpose()?,
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
            .field("nonce", &self.nonce.is_some())
            .finish()
    }
}

fn seconds_of(text: &str) -> Result<Duration, ErrorResponse> {
    // `parse` alone would take a sign.
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse::<u32>().ok().filter(|_| is_number);
    let seconds = seconds.map(|seconds| Duration::from_secs(seconds.into()));
    seconds.ok_or_else(|| invalid_request("max_age is no number of seconds"))
}

fn acr_values(text: &str) -> Result<Vec<String>, ErrorResponse> {
    let values = text.split(' ').filter(|value| !value.is_empty());
    // One more than allowed is enough to refuse: the rest of a long parameter is not looked at.
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

fn nonce(nonce: &str) -> Result<String, ErrorResponse> {
    if nonce.len() > SignInParameters::MAX_NONCE || nonce.contains(char::is_control) {
        return Err(invalid_request("nonce is malformed"));
    }
    Ok(nonce.to_owned())
}

fn tags(text: &str) -> Vec<String> {
    let tags = text.split(' ').filter(|tag| is_tag(tag));
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
