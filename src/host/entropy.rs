use std::fmt;

use rand::TryRng;
#[expect(
    clippy::disallowed_types,
    reason = "the one place that draws random bytes"
)]
use rand::rngs::SysRng;

use super::Cause;

/// A source of unpredictable bytes, fit for keys.
///
/// A failure is an error of the whole operation, never a weaker code. If the bytes could be predicted,
/// so could every code.
///
/// ```
/// use device_grant::host::{Entropy, SystemEntropy};
///
/// let mut bytes = [0; 16];
/// SystemEntropy.fill(&mut bytes)?;
/// assert_ne!(bytes, [0; 16]);
/// # Ok::<(), device_grant::host::EntropyError>(())
/// ```
pub trait Entropy: Send + Sync {
    /// Fills `bytes`, all of them.
    ///
    /// # Errors
    ///
    /// [`EntropyError`] when that is not possible now; the content of `bytes` is then not used.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError>;
}

/// No random bytes were to be had.
#[derive(Debug, thiserror::Error)]
#[error("no random bytes were to be had")]
pub struct EntropyError {
    source: Cause,
}

impl EntropyError {
    /// A failure with this cause.
    pub fn new(source: impl Into<Cause>) -> Self {
        Self {
            source: source.into(),
        }
    }
}

/// The operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
#[expect(
    clippy::exhaustive_structs,
    reason = "it has no setting, so that it can be named as a value"
)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        SysRng.try_fill_bytes(bytes).map_err(EntropyError::new)
    }
}

/// [`Entropy`] in the form in which the codes take it.
pub(crate) struct EntropyRng<'a>(pub(crate) &'a dyn Entropy);

impl TryRng for EntropyRng<'_> {
    type Error = EntropyError;

    fn try_next_u32(&mut self) -> Result<u32, EntropyError> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, EntropyError> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        self.0.fill(bytes)
    }
}

impl fmt::Debug for EntropyRng<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EntropyRng")
    }
}
