use std::{error::Error, fmt, time::Duration};

use iri_string::types::UriReferenceStr;
use serde::{Serialize, Serializer};

use crate::message::{ErrorCode, Reply};

/// An error response of an endpoint.
///
/// The members are those of [RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2). In addition,
/// `slow_down` has the new `interval`, which RFC 8628 does not define, and answers about confirmation codes have
/// `confirmation_required` and `confirmation_tries_left`, an extension of this crate.
///
/// Developers read descriptions, and clients log them: never put a code, a token or a secret into one.
///
/// ```
/// use std::time::Duration;
/// use device_grant::message::{ErrorCode, ErrorResponse};
///
/// let mut response =
///     ErrorResponse::new(ErrorCode::TemporarilyUnavailable).with_description("The database is away.");
/// response.retry_after = Some(Duration::from_millis(9_200));
/// let reply = response.reply();
/// assert_eq!(reply.status, 503);
/// assert!(reply.headers.contains(&("Retry-After", "10".to_owned())));
/// ```
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ErrorResponse {
    /// The `error` member, which determines the status.
    pub error: ErrorCode,
    /// The `error_description` member.
    ///
    /// The RFC allows `%x20-21 / %x23-5B / %x5D-7E`. A double quote is sent as a single one, any other character as `?`,
    /// and the text is cut at [`ErrorResponse::MAX_DESCRIPTION`].
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "allowed")]
    pub error_description: Option<String>,
    /// The `error_uri` member; a text that is not a URI reference is not sent.
    #[serde(skip_serializing_if = "is_no_uri")]
    pub error_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmation_required: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmation_tries_left: Option<u32>,
    /// The `Retry-After` header, in whole seconds, rounded up.
    #[serde(skip)]
    pub retry_after: Option<Duration>,
    /// The `WWW-Authenticate` header of `invalid_client`, such as `Basic realm="example"`; not sent with other codes.
    ///
    /// It names the scheme that the client used ([RFC 6749
    /// §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)). Default: `Basic`, because a
    /// 401 requires a challenge ([RFC 9110 §15.5.2](https://www.rfc-editor.org/rfc/rfc9110#section-15.5.2)).
    #[serde(skip)]
    pub challenge: Option<String>,
}

impl ErrorResponse {
    /// The largest number of bytes of a description: 256.
    pub const MAX_DESCRIPTION: usize = 256;
    const MAX_URI: usize = 2048;
    const DEFAULT_CHALLENGE: &str = r#"Basic realm="device-grant""#;

    /// An error response with only this code.
    #[must_use]
    pub fn new(error: ErrorCode) -> Self {
        Self {
            error,
            error_description: None,
            error_uri: None,
            interval: None,
            confirmation_required: None,
            confirmation_tries_left: None,
            retry_after: None,
            challenge: None,
        }
    }

    /// The error `access_denied`, the usual refusal of a policy or a token issuer.
    ///
    /// ```
    /// use device_grant::message::ErrorResponse;
    ///
    /// let refusal = ErrorResponse::access_denied().with_description("The account is locked.");
    /// assert_eq!(refusal.to_string(), "access_denied: The account is locked.");
    /// ```
    #[must_use]
    pub fn access_denied() -> Self {
        Self::new(ErrorCode::AccessDenied)
    }

    /// Returns what a grant keeps of the error with which a host refuses: the code, the description and the URI.
    ///
    /// `authorization_pending` and `slow_down` would have the device poll a grant that has ended: they become
    /// `access_denied`.
    pub(crate) fn into_refusal(self) -> Self {
        let goes_on = [ErrorCode::AuthorizationPending, ErrorCode::SlowDown].contains(&self.error);
        Self {
            error_description: self.error_description,
            error_uri: self.error_uri,
            ..Self::new(if goes_on {
                ErrorCode::AccessDenied
            } else {
                self.error
            })
        }
    }

    /// Says in words what the code means, if the host has not.
    pub(crate) fn in_words(mut self) -> Self {
        let words = || self.error.description().to_owned();
        self.error_description.get_or_insert_with(words);
        self
    }

    /// Sets [`error_description`](Self::error_description).
    #[must_use]
    pub fn with_description(mut self, text: impl Into<String>) -> Self {
        self.error_description = Some(text.into());
        self
    }

    /// Sets `interval`, the seconds between two polls from now on.
    pub(crate) fn with_interval(mut self, seconds: u64) -> Self {
        self.interval = Some(seconds);
        self
    }

    /// Says that the device has to send a confirmation code, and how many different ones it may still send.
    pub(crate) fn with_confirmation(mut self, tries_left: u32) -> Self {
        self.confirmation_required = Some(true);
        self.confirmation_tries_left = Some(tries_left);
        self
    }

    /// Sets [`retry_after`](Self::retry_after).
    pub(crate) fn with_retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = Some(delay);
        self
    }

    /// Returns the status, headers and body to send.
    #[must_use]
    pub fn reply(&self) -> Reply {
        let mut reply = Reply::json(self.error.status(), self);
        if let Some(delay) = self.retry_after {
            reply = reply.header("Retry-After", ceil_seconds(delay).to_string());
        }
        if self.error == ErrorCode::InvalidClient {
            let challenge = self.challenge.as_deref();
            reply = reply.header(
                "WWW-Authenticate",
                challenge.unwrap_or(Self::DEFAULT_CHALLENGE),
            );
        }
        reply
    }
}

impl From<ErrorResponse> for Reply {
    /// [`ErrorResponse::reply`], for `?` in a handler.
    fn from(error: ErrorResponse) -> Self {
        error.reply()
    }
}

impl From<ErrorCode> for ErrorResponse {
    /// Starts from the code, and says in words what it means.
    fn from(error: ErrorCode) -> Self {
        Self::new(error).with_description(error.description())
    }
}

impl fmt::Display for ErrorResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.error_description {
            Some(description) => write!(f, "{}: {description}", self.error),
            None => fmt::Display::fmt(&self.error, f),
        }
    }
}

impl Error for ErrorResponse {}

/// Rounds up, because whoever comes back a moment early is told to wait once more.
pub(crate) fn ceil_seconds(duration: Duration) -> u64 {
    let partial = u64::from(duration.subsec_nanos() > 0);
    duration.as_secs().saturating_add(partial)
}

#[expect(clippy::ref_option, reason = "serde passes the field")]
fn allowed<S: Serializer>(description: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    let text = description.as_deref().unwrap_or_default();
    // As many bytes as characters: each becomes a single one of ASCII.
    let text = text.chars().take(ErrorResponse::MAX_DESCRIPTION);
    serializer.serialize_str(&text.map(description_char).collect::<String>())
}

#[expect(clippy::ref_option, reason = "serde passes the field")]
fn is_no_uri(uri: &Option<String>) -> bool {
    let is_uri = |uri: &&String| {
        uri.len() <= ErrorResponse::MAX_URI && UriReferenceStr::new(uri.as_str()).is_ok()
    };
    uri.as_ref().filter(is_uri).is_none()
}

fn description_char(character: char) -> char {
    match character {
        ' '..='!' | '#'..='[' | ']'..='~' => character,
        '"' => '\'',
        _ => '?',
    }
}
