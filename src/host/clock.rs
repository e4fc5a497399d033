use std::sync::Arc;

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
