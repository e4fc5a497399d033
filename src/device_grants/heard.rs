use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::host::{Event, Observer};

/// The observer, if there is one.
#[derive(Clone)]
pub(super) struct Heard(pub(super) Option<Arc<dyn Observer>>);

impl Heard {
    /// Reports the event that `event` makes to the observer, if there is one, and to the span of the operation.
    ///
    /// A panic of the observer ends here: it must not keep a device from tokens that are committed.
    pub(super) fn tell(&self, event: impl FnOnce() -> Event) {
        let span = span::Operation::current();
        // Polls are the load of a server: an event that nobody hears is not built.
        if self.0.is_none() && span.is_none() {
            return;
        }
        let event = event();
        if let Some(span) = span {
            span.record(&event);
        }
        if let Some(observer) = &self.0 {
            // The panic hook has reported it, and there is no other observer to report it to.
            _ = catch_unwind(AssertUnwindSafe(|| observer.observe(&event)));
        }
    }
}

#[cfg(not(feature = "tracing"))]
mod span {
    use crate::host::Event;

    /// Without feature `tracing`, no operation has a span.
    pub(super) enum Operation {}

    impl Operation {
        pub(super) fn current() -> Option<Self> {
            None
        }

        pub(super) fn record(&self, _: &Event) {
            match *self {}
        }
    }
}

#[cfg(feature = "tracing")]
mod span {
    use tracing::Span;
    use tracing::field::display;

    use crate::host::{Event, Severity};

    /// The span of an operation.
    pub(super) struct Operation(Span);

    impl Operation {
        const OUTCOME: &str = "device_grant.outcome";

        pub(super) fn current() -> Option<Self> {
            let span = Span::current();
            // A disabled span leaves the host's own as the current one, which must not get these fields.
            span.has_field(Self::OUTCOME).then_some(Self(span))
        }

        /// Copies the event into the span. The last event of an operation is its outcome.
        pub(super) fn record(&self, event: &Event) {
            // Each operation makes several calls: none is its outcome.
            if event.kind.is_of_port() {
                return;
            }
            self.0.record(Self::OUTCOME, event.kind.name());
            if let Some(id) = &event.grant {
                self.0.record("device_grant.id", display(id));
            }
            if let Some(client) = &event.client {
                self.0.record("device_grant.client_id", client.as_str());
            }
            if event.severity() == Severity::Error {
                self.0.record("error.type", event.kind.name());
            }
        }
    }
}
