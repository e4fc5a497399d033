use crate::message::ErrorCode;

/// Why a host issues no tokens, in the terms of the token endpoint.
///
/// ```
/// use device_grant::grant::Refusal;
/// use device_grant::message::ErrorCode;
///
/// let refusal = Refusal::access_denied().with_description("The account is locked.");
/// assert_eq!(refusal.error(), ErrorCode::AccessDenied);
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refusal {
    error: ErrorCode,
    description: Option<String>,
}

impl Refusal {
    /// A refusal with this error ([RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)).
    ///
    /// `authorization_pending` and `slow_down` would have the device poll a grant that has ended: they become
    /// `access_denied`.
    #[must_use]
    pub fn new(error: ErrorCode) -> Self {
        let goes_on = matches!(error, ErrorCode::AuthorizationPending | ErrorCode::SlowDown);
        Self {
            error: if goes_on {
                ErrorCode::AccessDenied
            } else {
                error
            },
            description: None,
        }
    }

    pub(super) fn from_parts(error: ErrorCode, description: Option<String>) -> Self {
        Self { error, description }
    }

    /// The usual one: `access_denied`.
    #[must_use]
    pub fn access_denied() -> Self {
        Self::new(ErrorCode::AccessDenied)
    }

    /// Adds a text for the developer of the client. It travels to the device: it must not name the end user.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Returns the error.
    #[must_use]
    pub fn error(&self) -> ErrorCode {
        self.error
    }

    /// Returns the text, if there is one.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }
}
