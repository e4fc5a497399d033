use std::time::Duration;

use crate::random::Seeded;

/// Draws what differs from device to device. A seed is one sequence.
pub(crate) struct Dice(Seeded);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Seeded::new(seed))
    }

    /// Draws an even number of at least 0 and below 1.
    pub(crate) fn part(&self) -> f64 {
        const PARTS: u32 = 1 << 30;
        let drawn = self.0.below(usize::try_from(PARTS).unwrap_or(usize::MAX));
        f64::from(u32::try_from(drawn).unwrap_or_default()) / f64::from(PARTS)
    }

    /// Returns true in this share of all cases.
    pub(crate) fn is_one_of(&self, share: f64) -> bool {
        self.part() < share
    }

    /// Draws an even time between two.
    pub(crate) fn between(&self, least: Duration, most: Duration) -> Duration {
        least + most.saturating_sub(least).mul_f64(self.part())
    }

    /// Draws from an exponential distribution.
    pub(crate) fn exponential(&self, mean: Duration) -> Duration {
        mean.mul_f64(-(1.0 - self.part()).ln())
    }

    /// Draws from a lognormal distribution, by Box and Muller.
    pub(crate) fn lognormal(&self, median: Duration, sigma: f64) -> Duration {
        let radius = (-2.0 * (1.0 - self.part()).ln()).sqrt();
        let normal = radius * (std::f64::consts::TAU * self.part()).cos();
        median.mul_f64((sigma * normal).exp())
    }
}
