use std::convert::Infallible;
use std::fmt;

use rand::TryRng;

/// A small generator (SplitMix64) with the same numbers on every run.
pub(super) struct Seeded(pub(super) u64);

impl Seeded {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

impl TryRng for Seeded {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.next() >> 32).try_into().unwrap())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.next())
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        for chunk in dst.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// A source that repeats a pattern for ever, and counts the bytes it gave.
pub(super) struct Stuck {
    pub(super) pattern: &'static [u8],
    pub(super) given: usize,
}

impl Stuck {
    pub(super) fn on(pattern: &'static [u8]) -> Self {
        Self { pattern, given: 0 }
    }
}

impl TryRng for Stuck {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        for byte in dst {
            *byte = self.pattern[self.given % self.pattern.len()];
            self.given += 1;
        }
        Ok(())
    }
}

/// A source that fails after some calls, having written into the buffer all the same.
pub(super) struct Failing {
    pub(super) calls_left: usize,
}

#[derive(Debug, Eq, PartialEq)]
pub(super) struct NoEntropy;

impl fmt::Display for NoEntropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no entropy")
    }
}

impl std::error::Error for NoEntropy {}

impl TryRng for Failing {
    type Error = NoEntropy;

    fn try_next_u32(&mut self) -> Result<u32, NoEntropy> {
        self.try_fill_bytes(&mut []).map(|()| 7)
    }

    fn try_next_u64(&mut self) -> Result<u64, NoEntropy> {
        self.try_fill_bytes(&mut []).map(|()| 7)
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), NoEntropy> {
        for (byte, value) in dst.iter_mut().zip([0xFE, 0xFF].into_iter().cycle()) {
            *byte = value;
        }
        self.calls_left = self.calls_left.checked_sub(1).ok_or(NoEntropy)?;
        Ok(())
    }
}
