use std::sync::Arc;

use crate::grant::Timestamp;

/// A clock: tells the time of this node.
///
/// Shared stores have a clock of their own, which decides about grants; this one is for the node. It may be set back: no
/// grant is lost or locked by that.
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
    /// Returns the present time.
    fn now(&self) -> Timestamp;
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }
}
