use std::time::Duration;

use crate::host::{Cause, EventKind, PortError};
use crate::message::{ErrorCode, ErrorResponse, Reply};

/// The failure of a port, such as the store. No decision is lost by it.
///
/// Log the cause, which is the [`source`](std::error::Error::source). It is never sent: [`reply`](Self::reply) is
/// `temporarily_unavailable` if repeating the request may help, and `server_error` otherwise.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct Fault {
    what: &'static str,
    port: &'static str,
    operation: &'static str,
    retry_after: Option<Duration>,
    source: Cause,
}

impl Fault {
    /// The time that a caller should wait before it repeats a request, where nothing better is known.
    const RETRY_AFTER: Duration = Duration::from_secs(5);

    /// A fault that may pass.
    pub(super) fn passing(
        port: &'static str,
        what: &'static str,
        source: impl Into<Cause>,
    ) -> Self {
        Self {
            what,
            port,
            operation: "",
            retry_after: Some(Self::RETRY_AFTER),
            source: source.into(),
        }
    }

    /// The answer of a service that the host has suspended.
    pub(super) fn suspended(retry_after: Duration) -> Self {
        let source = "call `DeviceGrants::resume` to go on";
        let fault = Self::passing("host", "the host has suspended the service", source);
        Self {
            retry_after: Some(retry_after),
            ..fault
        }
    }

    /// A fault that stays until somebody mends it.
    pub(super) fn lasting(
        port: &'static str,
        what: &'static str,
        source: impl Into<Cause>,
    ) -> Self {
        Self {
            what,
            port,
            operation: "",
            retry_after: None,
            source: source.into(),
        }
    }

    /// The host names a visitor by an empty text, which stands for nobody: their grants could not be listed or revoked.
    pub(super) fn nobody() -> Self {
        let cause = "the subject of the visitor is empty";
        Self::lasting("visitors", "it cannot be told who the visitor is", cause)
    }

    /// A fault of the store or the directory.
    pub(super) fn store(error: PortError) -> Self {
        Self::of_port("store", "the store cannot be used", error)
    }

    /// A fault of the limiter.
    pub(super) fn limiter(error: PortError) -> Self {
        Self::of_port("limiter", "the limiter cannot be used", error)
    }

    /// A fault of the policy.
    pub(super) fn policy(error: PortError) -> Self {
        Self::of_port("policy", "the policy cannot be asked", error)
    }

    /// A fault of the source of random bytes.
    pub(super) fn entropy(error: PortError) -> Self {
        Self::of_port("entropy", "no code can be drawn", error)
    }

    /// A fault of the client directory.
    #[cfg(feature = "http")]
    pub(super) fn clients(error: PortError) -> Self {
        Self::of_port("clients", "the client directory cannot be used", error)
    }

    /// A fault of the announcer.
    pub(super) fn announcer(error: PortError) -> Self {
        Self::of_port("announcer", "other nodes cannot be told or heard", error)
    }

    /// A fault of the token revoker.
    pub(super) fn revoker(error: PortError) -> Self {
        Self::of_port("revoker", "the tokens cannot be revoked", error)
    }

    fn of_port(port: &'static str, what: &'static str, error: PortError) -> Self {
        let operation = error.operation();
        let fault = if error.is_retryable() {
            Self::passing(port, what, error)
        } else {
            Self::lasting(port, what, error)
        };
        Self { operation, ..fault }
    }

    /// The event that tells the host of it.
    pub(super) fn kind(&self) -> EventKind {
        EventKind::Fault {
            port: self.port,
            operation: self.operation,
            is_retryable: self.is_retryable(),
            cause: chain(self),
        }
    }

    /// Returns whether the same request may succeed later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.retry_after.is_some()
    }

    /// The reply to the client.
    #[must_use]
    pub fn reply(&self) -> Reply {
        match self.retry_after {
            Some(delay) => ErrorResponse::from(ErrorCode::TemporarilyUnavailable)
                .with_retry_after(delay)
                .reply(),
            None => ErrorResponse::from(ErrorCode::ServerError).reply(),
        }
    }
}

impl From<Fault> for Reply {
    /// [`Fault::reply`], for `?` in a handler.
    fn from(fault: Fault) -> Self {
        fault.reply()
    }
}

/// An error and its sources, on one line; a text that a source repeats stands there once.
pub(super) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let errors = std::iter::successors(Some(error), |error| error.source());
    let mut texts: Vec<_> = errors.map(ToString::to_string).collect();
    texts.dedup();
    texts.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Layer {
        text: &'static str,
        source: Option<Box<Layer>>,
    }

    #[test]
    fn a_text_that_a_source_repeats_is_said_once() {
        let layer = |text, source: Option<Layer>| Layer {
            text,
            source: source.map(Box::new),
        };
        let inner = layer("timed out", Some(layer("timed out", None)));
        let error = layer("Redis cannot be reached", Some(inner));
        assert_eq!(chain(&error), "Redis cannot be reached: timed out");
    }
}
