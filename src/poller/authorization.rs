use std::time::Duration;

use thiserror::Error;

use crate::message::DeviceAuthorizationResponse;
use crate::poller::{
    Poller,
    members::{MAX_BODY, Members, plain},
};

impl DeviceAuthorizationResponse {
    /// Reads the response body, leniently.
    ///
    /// `interval` and `expires_in` may be fractions or strings. One that is missing, not positive
    /// or not a number gets its default; one that is beyond its bounds is brought within them.
    /// `verification_url` stands for `verification_uri`. A URI is taken only if it is `https` or
    /// `http`, because a device may open it. Other members are ignored.
    ///
    /// ```
    /// use std::time::Duration;
    /// use device_grant::message::DeviceAuthorizationResponse;
    ///
    /// // Another name for the URI, strings for numbers, no interval: seen in the field.
    /// let authorization = DeviceAuthorizationResponse::from_json(br#"{
    ///     "device_code": "4/4-GMMhmHCXhWEzkobqIHGG_EnNYYsAkukHspeYUk9E8",
    ///     "user_code": "GQVQ-JKEC",
    ///     "verification_url": "https://www.example.com/device",
    ///     "expires_in": "1800"
    /// }"#)?;
    /// assert_eq!(authorization.user_code, "GQVQ-JKEC");
    /// assert_eq!(authorization.verification_uri, "https://www.example.com/device");
    /// assert_eq!(authorization.expires_in, Duration::from_secs(1800));
    /// assert_eq!(authorization.interval, Duration::from_secs(5));
    /// # Ok::<(), device_grant::poller::InvalidAuthorization>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`InvalidAuthorization`] if the server refused, or if the body is longer than
    /// 256 KiB, is not a JSON object, or has no device code, user code or verification URI.
    pub fn from_json(body: &[u8]) -> Result<Self, InvalidAuthorization> {
        if body.len() > MAX_BODY {
            return Err(InvalidAuthorization::TooLong);
        }
        let mut members = Members::parse(body).ok_or(InvalidAuthorization::NotJson)?;
        if let Some(error) = members.text("error") {
            let description = members.text("error_description");
            return Err(InvalidAuthorization::Refused { error, description });
        }
        let missing = InvalidAuthorization::Missing;
        let device_code = plain(members.secret("device_code")).ok_or(missing("device_code"))?;
        let user_code = user_code(&mut members).ok_or(missing("user_code"))?;
        let verification_uri = verification_uri(&mut members).ok_or(missing("verification_uri"))?;
        let expires_in = lifetime(&mut members);
        let interval = interval(&mut members).unwrap_or(Poller::DEFAULT_INTERVAL);
        let mut read = Self::new(
            device_code,
            user_code,
            verification_uri,
            expires_in,
            interval,
        );
        // As the server wrote them, which may be in fractions of a second.
        (read.expires_in, read.interval) = (expires_in, interval);
        read.verification_uri_complete = uri(&mut members, "verification_uri_complete");
        Ok(read)
    }
}

/// Says why an answer of the device authorization endpoint starts nothing.
///
/// ```
/// use device_grant::message::DeviceAuthorizationResponse;
///
/// let error = DeviceAuthorizationResponse::from_json(br#"{"error":"unauthorized_client"}"#).unwrap_err();
/// assert_eq!(error.to_string(), "the server refused: unauthorized_client");
/// ```
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum InvalidAuthorization {
    /// The server answered with an error.
    #[error("the server refused: {error}")]
    #[non_exhaustive]
    Refused {
        /// The `error` member.
        error: String,
        /// The `error_description` member.
        description: Option<String>,
    },
    /// The body is longer than any such answer.
    #[error("the answer is too long")]
    TooLong,
    /// The body is not a JSON object.
    #[error("the answer is not a JSON object")]
    NotJson,
    /// A required member is missing or unusable.
    #[error("the answer has no usable {0}")]
    Missing(&'static str),
}

/// Reads `interval` wherever a server sends it.
pub(super) fn interval(members: &mut Members) -> Option<Duration> {
    let interval = members.seconds("interval")?;
    Some(interval.clamp(Poller::MIN_INTERVAL, Poller::MAX_INTERVAL))
}

fn lifetime(members: &mut Members) -> Duration {
    let lifetime = members.seconds("expires_in");
    let lifetime = lifetime.unwrap_or(Poller::DEFAULT_LIFETIME);
    lifetime.min(Poller::MAX_LIFETIME)
}

fn user_code(members: &mut Members) -> Option<String> {
    plain(members.secret("user_code")).filter(|code| !code.chars().any(char::is_control))
}

fn verification_uri(members: &mut Members) -> Option<String> {
    let standard = uri(members, "verification_uri");
    standard.or_else(|| uri(members, "verification_url"))
}

/// A server's word must not start another program, or move the cursor of a terminal.
fn uri(members: &mut Members, name: &str) -> Option<String> {
    let text = members.secret(name)?;
    let (scheme, rest) = text.split_once("://")?;
    let web = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
    let shown = !text.chars().any(|c| c.is_control() || c.is_whitespace());
    (web && shown && !rest.is_empty()).then(|| String::clone(&text))
}
