//! Observers for logs, traces and metrics, and wrappers for slow ones.
//!
//! | observer | what it does | feature |
//! |---|---|---|
//! | [`trace`] | writes events to `tracing`, with OpenTelemetry's field names | `tracing` |
//! | [`MetricsObserver`] | counts and measures for the `metrics` facade | `metrics` |
//! | [`without_bursts`] | passes one of equal faults on in each second, with the number of the others | |
//! | [`Queue`] | passes events to a thread of its own, and drops those that do not fit | |
//!
//! You can combine them. To use several observers, write a closure:
//!
//! ```
//! use device_grant::host::{Event, Observer};
//! use device_grant::telemetry::{Queue, without_bursts};
//!
//! let log = without_bursts(|event: &Event| println!("{event}"));
//! let slow = Queue::new(1_024, |_: &Event| { /* a call to another service */ })?;
//! let observer = move |event: &Event| {
//!     log.observe(event);
//!     slow.observe(event);
//! };
//! # observer.observe(&Event::new(device_grant::host::EventKind::Approved, device_grant::grant::Timestamp::from_micros(0)));
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! With feature `tracing`, the operations of [`DeviceGrants`](crate::DeviceGrants) are spans as well: `device_grant.poll`,
//! for instance, with the fields `device_grant.id` and `device_grant.outcome`, which is the name of the last event. Spans of polls
//! have the level `DEBUG`, because polls are the load of a server; those of the other operations have the level `INFO`.

mod bursts;
#[cfg(feature = "metrics")]
mod live;
#[cfg(feature = "metrics")]
mod metrics;
mod queue;
#[cfg(feature = "tracing")]
mod tracing;

pub use self::bursts::without_bursts;
#[cfg(feature = "metrics")]
pub use self::metrics::MetricsObserver;
pub use self::queue::Queue;
#[cfg(feature = "tracing")]
pub use self::tracing::trace;
