use std::sync::Arc;
use std::time::SystemTime;

use crate::grant::Timestamp;

/// Tells the time.
///
/// Nodes that share a store should agree within the configured clock skew. A clock may be set back;
/// nothing is lost or locked by it.
///
/// ```
/// use device_grant::grant::Timestamp;
/// use device_grant::host::Clock;
///
/// #[derive(Debug)]
/// struct Standstill;
///
/// impl Clock for Standstill {
///     fn now(&self) -> Timestamp {
///         Timestamp::from_micros(0)
///     }
/// }
/// assert_eq!(Standstill.now(), Timestamp::from_micros(0));
/// ```
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }
}

/// The system's clock.
///
/// ```
/// use device_grant::host::{Clock, SystemClock};
/// assert!(SystemClock.now().as_micros() > 0);
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[expect(
    clippy::exhaustive_structs,
    reason = "it has no setting, so that it can be named as a value"
)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the clock"
    )]
    fn now(&self) -> Timestamp {
        SystemTime::now().into()
    }
}
