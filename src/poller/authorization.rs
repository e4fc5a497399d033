use std::time::Duration;

use crate::invalid_value::InvalidValue;
use crate::message::DeviceAuthorizationResponse;
use crate::poller::{
    Poller,
    members::{MAX_BODY, Members, plain},
};

impl DeviceAuthorizationResponse {
    /// Reads the response body, leniently.
    ///
    /// `interval` and `expires_in` may be fractions or strings. If one is missing, not positive
    /// or not a number, it gets its default; if it is out of bounds, it gets the nearest bound.
    /// `verification_url` is read as `verification_uri`. A URI has to be `https` or
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
    /// # Ok::<(), device_grant::InvalidValue>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`InvalidValue`] if the server refused, with its error and description, or if the body is longer than
    /// 256 KiB, is not a JSON object, or has no device code, user code or verification URI.
    pub fn from_json(body: &[u8]) -> Result<Self, InvalidValue> {
        if body.len() > MAX_BODY {
            return Err(InvalidValue::because("the answer is too long"));
        }
        let not_json = InvalidValue::because("the answer is not a JSON object");
        let mut members = Members::parse(body).ok_or(not_json)?;
        if let Some(error) = members.text("error") {
            let description = members.text("error_description");
            return Err(refused(&error, description));
        }
        let device_code =
            plain(members.secret("device_code")).ok_or_else(|| missing("device_code"))?;
        let user_code = user_code(&mut members).ok_or_else(|| missing("user_code"))?;
        let verification_uri =
            verification_uri(&mut members).ok_or_else(|| missing("verification_uri"))?;
        let expires_in = lifetime(&mut members);
        let interval = interval(&mut members).unwrap_or(Poller::DEFAULT_INTERVAL);
        let mut read = Self::new(
            device_code,
            user_code,
            verification_uri,
            expires_in,
            interval,
        );
        // `new` rounds to whole seconds; a server may send fractions, and its codes end when it says.
        (read.expires_in, read.interval) = (expires_in, interval);
        read.verification_uri_complete = uri(&mut members, "verification_uri_complete");
        Ok(read)
    }
}

fn refused(error: &str, description: Option<String>) -> InvalidValue {
    let description = description.map_or_else(String::new, |text| format!(" ({text})"));
    InvalidValue::of(format_args!("the server refused: {error}{description}"))
}

fn missing(member: &'static str) -> InvalidValue {
    InvalidValue::of(format_args!("the answer has no usable {member}"))
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
    // Shown as it is, so that a control character would reach the terminal.
    plain(members.secret("user_code")).filter(|code| !code.chars().any(char::is_control))
}

fn verification_uri(members: &mut Members) -> Option<String> {
    let standard = uri(members, "verification_uri");
    standard.or_else(|| uri(members, "verification_url"))
}

/// Takes only a web address without blanks and controls: a device may open it, which must not start another program, or
/// print it, which must not move the cursor of a terminal.
fn uri(members: &mut Members, name: &str) -> Option<String> {
    let text = members.secret(name)?;
    let (scheme, rest) = text.split_once("://")?;
    let web = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
    let shown = !text.chars().any(|c| c.is_control() || c.is_whitespace());
    (web && shown && !rest.is_empty()).then(|| String::clone(&text))
}
