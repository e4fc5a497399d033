use std::fmt;
use std::sync::Arc;

use rand::TryRng;
use zeroize::Zeroizing;

use super::PortError;

/// A source of unpredictable bytes, fit for cryptographic keys.
///
/// If it fails, the whole operation fails; a weaker code is never used. If its bytes can be predicted, so can every code.
///
/// ```
/// use device_grant::host::{Entropy, System};
///
/// let mut bytes = [0; 16];
/// System.fill(&mut bytes)?;
/// assert_ne!(bytes, [0; 16]);
/// # Ok::<(), device_grant::host::PortError>(())
/// ```
pub trait Entropy: Send + Sync {
    /// Fills `bytes`, all of them.
    ///
    /// # Errors
    ///
    /// [`PortError`] if it cannot; the content of `bytes` is then not used.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), PortError>;
}

impl<E: Entropy + ?Sized> Entropy for Arc<E> {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), PortError> {
        (**self).fill(bytes)
    }
}

/// [`Entropy`] in the form in which the codes take it.
///
/// It draws a block ahead: what one operation needs in pieces, a system is asked for once.
pub(crate) struct EntropyRng<'a> {
    entropy: &'a dyn Entropy,
    block: Zeroizing<[u8; BLOCK]>,
    left: usize,
}

/// A device code, a user code and a revision, and the key of a single process.
const BLOCK: usize = 72;

impl<'a> EntropyRng<'a> {
    pub(crate) fn new(entropy: &'a dyn Entropy) -> Self {
        Self {
            entropy,
            block: Zeroizing::new([0; BLOCK]),
            left: 0,
        }
    }

    fn next<const N: usize>(&mut self) -> Result<[u8; N], PortError> {
        let mut bytes = [0; N];
        self.try_fill_bytes(&mut bytes)?;
        Ok(bytes)
    }
}

impl TryRng for EntropyRng<'_> {
    type Error = PortError;

    fn try_next_u32(&mut self) -> Result<u32, PortError> {
        self.next().map(u32::from_le_bytes)
    }

    fn try_next_u64(&mut self) -> Result<u64, PortError> {
        self.next().map(u64::from_le_bytes)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), PortError> {
        if bytes.len() > BLOCK {
            return self.entropy.fill(bytes);
        }
        if bytes.len() > self.left {
            // Before the call: if it fails, what it left in the block is not used.
            self.left = 0;
            self.entropy.fill(self.block.as_mut_slice())?;
            self.left = BLOCK;
        }
        // Each byte is given out once, from the end: a code must share none with a revision, which is no secret.
        let rest = self.left - bytes.len();
        if let Some(fresh) = self.block.get(rest..self.left) {
            bytes.copy_from_slice(fresh);
        }
        self.left = rest;
        Ok(())
    }
}

impl fmt::Debug for EntropyRng<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EntropyRng")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Counts up through all its bytes, and remembers how many it was asked for.
    #[derive(Default)]
    struct Counter {
        asked: Mutex<Vec<usize>>,
    }

    impl Entropy for Counter {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), PortError> {
            let mut asked = self.asked.lock().unwrap();
            let given: usize = asked.iter().sum();
            let mut next = u8::try_from(given).unwrap();
            for byte in &mut *bytes {
                *byte = next;
                next = next.wrapping_add(1);
            }
            asked.push(bytes.len());
            Ok(())
        }
    }

    #[test]
    fn no_byte_is_given_out_twice() {
        let counter = Counter::default();
        let mut rng = EntropyRng::new(&counter);
        let mut seen = Vec::new();
        for length in [32, 8, 40, 0, 20, 73] {
            let mut bytes = vec![0; length];
            rng.try_fill_bytes(&mut bytes).unwrap();
            seen.extend(bytes);
        }
        let unique: std::collections::HashSet<u8> = seen.iter().copied().collect();
        assert_eq!(unique.len(), seen.len());
    }

    #[test]
    fn what_one_authorization_needs_is_drawn_at_once() {
        let counter = Counter::default();
        let mut rng = EntropyRng::new(&counter);
        for length in [32, 32, 8] {
            rng.try_fill_bytes(&mut vec![0; length]).unwrap();
        }
        assert_eq!(*counter.asked.lock().unwrap(), [BLOCK]);
    }

    #[test]
    fn bytes_that_a_failing_source_left_behind_are_not_used() {
        struct Failing;
        impl Entropy for Failing {
            fn fill(&self, bytes: &mut [u8]) -> Result<(), PortError> {
                bytes.fill(7);
                Err(PortError::unavailable("no"))
            }
        }
        let mut rng = EntropyRng::new(&Failing);
        assert!(rng.try_next_u64().is_err());
        assert!(rng.try_next_u64().is_err());
    }
}
