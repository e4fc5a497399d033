use std::{fmt, time::Duration};

use thiserror::Error;
use zeroize::Zeroize;

use crate::poller::members::{MAX_BODY, Members, plain};

/// Holds what the device authorization endpoint answered: what to show, and how to poll.
///
/// The members are those of [RFC 8628 §3.2](https://www.rfc-editor.org/rfc/rfc8628#section-3.2).
/// `Debug` hides both codes, and they are wiped when dropped.
///
/// ```
/// use std::time::Duration;
/// use device_grant::poller::DeviceAuthorization;
///
/// // Another name for the URI, strings for numbers, no interval: seen in the field.
/// let authorization = DeviceAuthorization::from_json(br#"{
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
#[derive(Clone)]
#[non_exhaustive]
pub struct DeviceAuthorization {
    /// The secret between the device and the server.
    pub device_code: String,
    /// The user code, as it is to be shown.
    pub user_code: String,
    /// The page to visit; it is to be shown even beside a QR code.
    pub verification_uri: String,
    /// The page with the user code filled in, for a QR code.
    pub verification_uri_complete: Option<String>,
    /// The lifetime of both codes.
    pub expires_in: Duration,
    /// The least time between an answer and the next poll, to begin with.
    pub interval: Duration,
}

impl DeviceAuthorization {
    /// The interval of a server that names none
    /// ([RFC 8628 §3.2](https://www.rfc-editor.org/rfc/rfc8628#section-3.2)).
    pub const DEFAULT_INTERVAL: Duration = Duration::from_secs(5);
    /// The shortest interval that is taken from a server.
    pub const MIN_INTERVAL: Duration = Duration::from_secs(1);
    /// The longest interval that is taken from a server; a longer one is a mistake of its settings.
    pub const MAX_INTERVAL: Duration = Duration::from_secs(300);
    /// The lifetime of a server that names none, against the RFC.
    pub const DEFAULT_LIFETIME: Duration = Duration::from_secs(900);
    /// The longest lifetime that is taken from a server.
    pub const MAX_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

    /// Reads the response body, leniently.
    ///
    /// `interval` and `expires_in` may be fractions or strings. One that is missing, not positive
    /// or not a number gets its default; one that is beyond its bounds is brought within them.
    /// `verification_url` stands for `verification_uri`. A URI is taken only if it is `https` or
    /// `http`, because a device may open it. Other members are ignored.
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
        Ok(Self {
            device_code: plain(members.secret("device_code")).ok_or(missing("device_code"))?,
            user_code: user_code(&mut members).ok_or(missing("user_code"))?,
            verification_uri: verification_uri(&mut members).ok_or(missing("verification_uri"))?,
            verification_uri_complete: uri(&mut members, "verification_uri_complete"),
            expires_in: lifetime(&mut members),
            interval: interval(&mut members).unwrap_or(Self::DEFAULT_INTERVAL),
        })
    }
}

impl Drop for DeviceAuthorization {
    fn drop(&mut self) {
        self.device_code.zeroize();
        self.user_code.zeroize();
        self.verification_uri_complete.zeroize();
    }
}

impl fmt::Debug for DeviceAuthorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceAuthorization")
            .field("verification_uri", &self.verification_uri)
            .field("expires_in", &self.expires_in)
            .field("interval", &self.interval)
            .finish_non_exhaustive()
    }
}

/// Says why an answer of the device authorization endpoint starts nothing.
///
/// ```
/// use device_grant::poller::DeviceAuthorization;
///
/// let error = DeviceAuthorization::from_json(br#"{"error":"unauthorized_client"}"#).unwrap_err();
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
    Some(interval.clamp(
        DeviceAuthorization::MIN_INTERVAL,
        DeviceAuthorization::MAX_INTERVAL,
    ))
}

fn lifetime(members: &mut Members) -> Duration {
    let lifetime = members.seconds("expires_in");
    let lifetime = lifetime.unwrap_or(DeviceAuthorization::DEFAULT_LIFETIME);
    lifetime.min(DeviceAuthorization::MAX_LIFETIME)
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
