use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Timestamp;
use crate::text::Hex;

/// A random 128-bit value that tells one issuance attempt from all others.
#[derive(Clone, Copy, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Fence([u8; 16]);

impl Fence {
    /// The fence with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The fence's bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for Fence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hex(&self.0).fmt(f)
    }
}

impl fmt::Debug for Fence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fence({self})")
    }
}

/// One attempt to issue the tokens of a grant.
///
/// Attempts of a grant are numbered. A higher ordinal means that no earlier attempt can ever be
/// delivered, so an issuer may void what those produced.
///
/// ```
/// use device_grant::grant::{Attempt, Fence};
///
/// let first = Attempt::new(Fence::from_bytes([1; 16]), 1);
/// assert_eq!(first.to_string(), "01010101010101010101010101010101/1");
/// ```
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Attempt {
    /// What makes the attempt unique.
    pub fence: Fence,
    /// Which attempt of its grant it is, from 1.
    pub ordinal: u32,
}

impl Attempt {
    /// The attempt with this fence and number.
    #[must_use]
    pub const fn new(fence: Fence, ordinal: u32) -> Self {
        Self { fence, ordinal }
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.fence, self.ordinal)
    }
}

/// The exclusive right of one attempt to commit, for a while.
///
/// ```
/// use std::time::Duration;
/// use device_grant::grant::{Attempt, Fence, Lease, Timestamp};
///
/// let begun = Timestamp::from_micros(0);
/// let lease = Lease::begin(Attempt::new(Fence::from_bytes([1; 16]), 1), begun, Duration::from_secs(30));
/// assert!(lease.is_live(begun));
/// assert!(!lease.is_live(lease.until));
/// ```
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Lease {
    /// The attempt that holds it.
    pub attempt: Attempt,
    /// When it began.
    pub begun: Timestamp,
    /// When it is over.
    pub until: Timestamp,
}

impl Lease {
    /// A lease of this length from `begun` on.
    #[must_use]
    pub fn begin(attempt: Attempt, begun: Timestamp, length: Duration) -> Self {
        Self {
            attempt,
            begun,
            until: begun + length,
        }
    }

    /// How far `now` may be before the beginning: a node whose clock is a little behind, or a clock that was
    /// corrected by a little, must not take the lease from who holds it.
    const TOLERANCE: Duration = Duration::from_secs(1);

    /// Whether the lease holds at `now`.
    ///
    /// A `now` well before the lease began means that the clock was set back; such a lease is over, so that no
    /// clock can freeze a grant.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        Self::spans(self.begun, self.until, now)
    }

    /// Whether `now` is between the two, or so little before them that it may be.
    pub(super) fn spans(begun: Timestamp, until: Timestamp, now: Timestamp) -> bool {
        begun - Self::TOLERANCE <= now && now < until
    }
}
