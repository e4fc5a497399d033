use std::time::SystemTime;

use rand::TryRng;
#[expect(
    clippy::disallowed_types,
    reason = "the one place that draws random bytes"
)]
use rand::rngs::SysRng;

use super::{Clock, Entropy, PortError};
use crate::grant::Timestamp;

/// The operating system: its clock and its random number generator.
///
/// ```
/// use device_grant::host::{Clock, Entropy, System};
///
/// assert!(System.now().as_micros() > 0);
///
/// let mut bytes = [0; 16];
/// System.fill(&mut bytes)?;
/// assert_ne!(bytes, [0; 16]);
/// # Ok::<(), device_grant::host::PortError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[expect(
    clippy::exhaustive_structs,
    reason = "it has no setting, so that it can be named as a value"
)]
pub struct System;

impl Clock for System {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the clock"
    )]
    fn now(&self) -> Timestamp {
        SystemTime::now().into()
    }
}

impl Entropy for System {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), PortError> {
        SysRng.try_fill_bytes(bytes).map_err(PortError::unavailable)
    }
}
