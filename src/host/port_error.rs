use super::Cause;

/// The error of a port whose call failed.
///
/// ```
/// use device_grant::host::PortError;
///
/// let error = PortError::unavailable(std::io::Error::other("connection reset"));
/// assert!(error.is_retryable());
/// assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "connection reset");
///
/// let error = PortError::broken("permission denied for function device_charge");
/// assert!(!error.is_retryable());
/// ```
#[derive(Debug, thiserror::Error)]
#[error("{}", if *is_retryable { "the port is unavailable" } else { "the port cannot serve this request" })]
pub struct PortError {
    is_retryable: bool,
    /// The method that failed, as far as it is known.
    operation: &'static str,
    source: Cause,
}

impl PortError {
    /// An error that may pass: the service behind the port cannot be reached, is overloaded, or lost the connection. The same
    /// call may succeed later.
    pub fn unavailable(source: impl Into<Cause>) -> Self {
        Self {
            is_retryable: true,
            operation: "",
            source: source.into(),
        }
    }

    /// An error that lasts until somebody repairs its cause: a missing table, a missing right, an unreadable record. Repeating
    /// the call does not help.
    pub fn broken(source: impl Into<Cause>) -> Self {
        Self {
            is_retryable: false,
            operation: "",
            source: source.into(),
        }
    }

    /// Returns true if the same call may succeed later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.is_retryable
    }

    /// The same error of this method.
    pub(crate) fn of(mut self, operation: &'static str) -> Self {
        self.operation = operation;
        self
    }

    /// Returns the method that failed, or an empty text.
    pub(crate) fn operation(&self) -> &'static str {
        self.operation
    }
}
