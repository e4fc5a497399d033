use crate::host::{Event, EventKind, Severity};

/// An answer of a port.
#[derive(Default)]
struct OfPort<'a> {
    port: Option<&'static str>,
    operation: Option<&'static str>,
    error: Option<&'static str>,
    cause: Option<&'a str>,
    key: Option<&'a str>,
}

impl<'a> OfPort<'a> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "most kinds have nothing of a port"
    )]
    fn of(kind: &'a EventKind) -> Self {
        match kind {
            EventKind::Fault {
                port,
                operation,
                is_retryable,
                cause,
            } => Self {
                port: Some(port),
                operation: Some(operation),
                error: Some(if *is_retryable {
                    "unavailable"
                } else {
                    "broken"
                }),
                cause: Some(cause),
                key: None,
            },
            EventKind::RedemptionPostponed { port, cause } => Self {
                port: Some(port),
                error: Some("unavailable"),
                cause: Some(cause),
                ..Self::default()
            },
            EventKind::PortSlow { port, operation } => Self {
                port: Some(port),
                operation: Some(operation),
                ..Self::default()
            },
            EventKind::Limited { key } | EventKind::GuessBudgetExceeded { key } => Self {
                key: Some(key),
                ..Self::default()
            },
            _ => Self::default(),
        }
    }
}

/// Writes one event at a level that is known when this is compiled, as `tracing` wants it.
macro_rules! write_at {
    ($level:ident, $event:expr) => {{
        let event: &Event = $event;
        let of = OfPort::of(&event.kind);
        tracing::event!(
            target: "device_grant",
            tracing::Level::$level,
            event.name = format_args!("device_grant.{}", event.kind.name()),
            // A field with the value `None` is not written.
            device_grant.id = event.grant.map(display),
            device_grant.client_id = event.client.as_ref().map(|client| client.as_str()),
            user.id = event.subject.as_ref().map(|subject| subject.as_str()),
            client.address = event.source.map(display),
            device_grant.since_issued = event.since_issued.map(|since| since.as_secs_f64()),
            device_grant.since_approval = event.since_approval.map(|since| since.as_secs_f64()),
            device_grant.port = of.port,
            device_grant.operation = of.operation,
            device_grant.key = of.key,
            error.type = of.error,
            exception.message = of.cause,
            device_grant.held_back = (event.held_back > 0).then_some(event.held_back),
        );
    }};
}

/// Writes an event to [`tracing`](https://docs.rs/tracing), at the level of its [severity](Event::severity), with the target
/// `device_grant`.
///
/// | field | value |
/// |---|---|
/// | `event.name` | `device_grant.` and the name of the kind |
/// | `device_grant.id` | the grant |
/// | `device_grant.client_id` | the client |
/// | `user.id` | the end user |
/// | `client.address` | the [source](Event::source) |
/// | `device_grant.since_issued`, `device_grant.since_approval` | seconds |
/// | `device_grant.port`, `device_grant.operation` | the port and its method that failed or is slow |
/// | `error.type` | `unavailable` if the same request may succeed later, or `broken` |
/// | `exception.message` | the error and its causes |
/// | `device_grant.held_back` | the number of events that were [held back](Event::held_back) |
///
/// Field names are those of OpenTelemetry's semantic conventions where they exist.
/// Polls and calls of ports are not written; spans and metrics have them.
///
/// ```
/// use device_grant::host::Observer;
/// use device_grant::telemetry::{trace, without_bursts};
///
/// let observer = without_bursts(trace);
/// # fn takes(_: impl Observer) {}
/// # takes(observer);
/// ```
pub fn trace(event: &Event) {
    match event.severity() {
        Severity::Debug => {}
        Severity::Info => write_at!(INFO, event),
        Severity::Warning => write_at!(WARN, event),
        Severity::Error => write_at!(ERROR, event),
    }
}
