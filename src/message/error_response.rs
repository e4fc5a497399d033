use std::{error::Error, fmt, time::Duration};

use iri_string::types::UriReferenceStr;
use serde::Serialize;

use crate::message::{ErrorCode, Reply};

/// Answers a request that was not granted, at either endpoint.
///
/// The members are those of [RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2),
/// plus the new `interval` that some servers send with `slow_down` and that the RFC leaves open.
///
/// A description is read by developers and ends up in logs: it never holds a code, a token or a
/// secret.
///
/// ```
/// use std::time::Duration;
/// use device_grant::message::{ErrorCode, ErrorResponse};
///
/// let reply = ErrorResponse::new(ErrorCode::TemporarilyUnavailable)
///     .with_description("The database is away.")
///     .with_retry_after(Duration::from_millis(9_200))
///     .reply();
/// assert_eq!(reply.status(), 503);
/// assert!(reply.headers().contains(&("Retry-After", "10".to_owned())));
/// ```
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct ErrorResponse {
    error: ErrorCode,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<u64>,
    #[serde(skip)]
    retry_after: Option<u64>,
    #[serde(skip)]
    challenge: Option<String>,
}

impl ErrorResponse {
    /// The longest description that is sent, in bytes.
    pub const MAX_DESCRIPTION: usize = 256;
    const MAX_URI: usize = 2048;
    const DEFAULT_CHALLENGE: &str = r#"Basic realm="device-grant""#;

    /// Starts from nothing but the code.
    #[must_use]
    pub fn new(error: ErrorCode) -> Self {
        Self {
            error,
            error_description: None,
            error_uri: None,
            interval: None,
            retry_after: None,
            challenge: None,
        }
    }

    /// Sets `error_description`.
    ///
    /// The RFC allows `%x20-21 / %x23-5B / %x5D-7E`: a double quote becomes a single one, anything
    /// else becomes `?`, and what is beyond [`ErrorResponse::MAX_DESCRIPTION`] is cut off.
    #[must_use]
    pub fn with_description(mut self, text: impl Into<String>) -> Self {
        let text = text.into();
        let allowed = text.chars().take(Self::MAX_DESCRIPTION);
        self.error_description = Some(allowed.map(description_char).collect());
        self
    }

    /// Sets `error_uri`; a text that is not a URI reference is left out.
    #[must_use]
    pub fn with_uri(mut self, uri: impl Into<String>) -> Self {
        let uri = uri.into();
        let valid = uri.len() <= Self::MAX_URI && UriReferenceStr::new(&uri).is_ok();
        self.error_uri = valid.then_some(uri);
        self
    }

    /// Sets `interval`, the seconds between two polls from now on.
    pub(crate) fn with_interval(mut self, seconds: u64) -> Self {
        self.interval = Some(seconds);
        self
    }

    /// Sets the `Retry-After` header, in seconds, rounded up.
    #[must_use]
    pub fn with_retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = Some(ceil_seconds(delay));
        self
    }

    /// Sets the `WWW-Authenticate` header that goes with `invalid_client`, such as `Basic
    /// realm="example"`.
    ///
    /// It names the scheme that the client used ([RFC 6749
    /// §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)). No other code sends it. Without
    /// a challenge of its own an `invalid_client` names `Basic`, because a 401 must carry one ([RFC
    /// 9110 §15.5.2](https://www.rfc-editor.org/rfc/rfc9110#section-15.5.2)).
    #[must_use]
    pub fn with_challenge(mut self, scheme_and_realm: &str) -> Self {
        self.challenge = Some(scheme_and_realm.to_owned());
        self
    }

    /// Returns `error`.
    #[must_use]
    pub fn error(&self) -> ErrorCode {
        self.error
    }

    /// Returns `error_description`.
    #[must_use]
    pub fn error_description(&self) -> Option<&str> {
        self.error_description.as_deref()
    }

    /// Returns the status, headers and body to send.
    #[must_use]
    pub fn reply(&self) -> Reply {
        let mut reply = Reply::json(self.error.status(), self);
        if let Some(seconds) = self.retry_after {
            reply = reply.header("Retry-After", seconds.to_string());
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

/// Rounds up, because a client that comes back a moment early is told to wait once more.
pub(super) fn ceil_seconds(duration: Duration) -> u64 {
    let partial = u64::from(duration.subsec_nanos() > 0);
    duration.as_secs().saturating_add(partial)
}

fn description_char(character: char) -> char {
    match character {
        ' '..='!' | '#'..='[' | ']'..='~' => character,
        '"' => '\'',
        _ => '?',
    }
}
