use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::host::{Entropy, PortError};

/// Pseudorandom bytes that are the same in every run. Never use it outside of tests: the seed reveals every code.
///
/// ```
/// use device_grant::host::Entropy;
/// use device_grant::testing::SeededEntropy;
///
/// let (mut one, mut other) = ([0; 16], [0; 16]);
/// SeededEntropy::new(7).fill(&mut one)?;
/// SeededEntropy::new(7).fill(&mut other)?;
/// assert_eq!(one, other);
/// # Ok::<(), device_grant::host::PortError>(())
/// ```
#[derive(Debug)]
pub struct SeededEntropy(AtomicU64);

/// The step of the generator SplitMix64, an odd number near 2⁶⁴ / φ.
const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

impl SeededEntropy {
    /// The sequence that begins with `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// The next number of SplitMix64.
    pub(super) fn next(&self) -> u64 {
        let state = self.0.fetch_add(GAMMA, Ordering::Relaxed);
        let mut mixed = state.wrapping_add(GAMMA);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), PortError> {
        for chunk in bytes.chunks_mut(8) {
            for (byte, random) in chunk.iter_mut().zip(self.next().to_le_bytes()) {
                *byte = random;
            }
        }
        Ok(())
    }
}

/// A random number generator that fails, at once or after a number of draws. Clones are the same generator.
///
/// ```
/// use device_grant::host::Entropy;
/// use device_grant::testing::FailingEntropy;
///
/// let entropy = FailingEntropy::after(1);
/// assert!(entropy.fill(&mut [0; 16]).is_ok());
/// assert!(entropy.fill(&mut [0; 16]).is_err());
/// ```
#[derive(Clone, Debug)]
pub struct FailingEntropy {
    left: Arc<AtomicU64>,
    seeded: Arc<SeededEntropy>,
}

impl FailingEntropy {
    /// A generator that always fails.
    #[must_use]
    pub fn new() -> Self {
        Self::after(0)
    }

    /// A generator that works for this number of draws, as [`SeededEntropy`] does, and then fails.
    #[must_use]
    pub fn after(draws: u64) -> Self {
        Self {
            left: Arc::new(AtomicU64::new(draws)),
            seeded: Arc::new(SeededEntropy::new(0)),
        }
    }

    /// Makes it work for this number of further draws.
    pub fn refill(&self, draws: u64) {
        self.left.store(draws, Ordering::SeqCst);
    }
}

impl Default for FailingEntropy {
    fn default() -> Self {
        Self::new()
    }
}

impl Entropy for FailingEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), PortError> {
        let one_less = |left: u64| left.checked_sub(1);
        self.left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less)
            .map_err(|_| PortError::unavailable("the test's generator fails"))?;
        self.seeded.fill(bytes)
    }
}
