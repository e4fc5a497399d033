use std::fmt;
use std::time::Duration;

use super::Timestamp;
use crate::text::Hex;

/// One attempt to issue the tokens of a grant: a random 128-bit fence, which no other attempt has, and its number.
///
/// As text, an attempt is its fence in hexadecimal and its number, such as `01010101010101010101010101010101/1`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Attempt {
    pub(crate) fence: Fence,
    /// The number of the attempt at its grant, from 1.
    pub(crate) ordinal: u32,
}

impl Attempt {
    pub(crate) const fn new(fence: Fence, ordinal: u32) -> Self {
        Self { fence, ordinal }
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", Hex(&self.fence.0), self.ordinal)
    }
}

/// The random part of an attempt.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) struct Fence([u8; 16]);

impl Fence {
    pub(crate) const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for Fence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fence({})", Hex(&self.0))
    }
}

/// The exclusive right of one attempt to commit, for a while.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Lease {
    /// The attempt that holds it.
    pub(crate) attempt: Attempt,
    /// The time at which it began, before it was written.
    pub(crate) begun: Timestamp,
    /// The time from which another attempt may take the grant over.
    pub(crate) until: Timestamp,
}

impl Lease {
    /// A lease of this length from `begun` on.
    pub(crate) fn begin(attempt: Attempt, begun: Timestamp, length: Duration) -> Self {
        Self {
            attempt,
            begun,
            until: begun + length,
        }
    }

    /// The time that `now` may be before the beginning: a node whose clock is a little behind, or a clock that was
    /// corrected by a little, must not take the lease from who holds it.
    const TOLERANCE: Duration = Duration::from_secs(1);

    /// Returns whether the lease holds at `now`.
    ///
    /// A `now` well before the lease began means that the clock was set back; such a lease is over, so that no
    /// clock can freeze a grant.
    pub(crate) fn is_live(&self, now: Timestamp) -> bool {
        Self::spans(self.begun, self.until, now)
    }

    /// Returns whether `now` is between the two, or so little before them that it may be.
    pub(super) fn spans(begun: Timestamp, until: Timestamp, now: Timestamp) -> bool {
        begun - Self::TOLERANCE <= now && now < until
    }
}
