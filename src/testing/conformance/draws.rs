use std::ops::Range;

use super::super::SeededEntropy;

/// Numbers that look random and are the same in every run: what a failing test did, it does again.
pub(super) struct Draws(SeededEntropy);

impl Draws {
    pub(super) fn new(seed: u64) -> Self {
        Self(SeededEntropy::new(seed))
    }

    /// Any number.
    pub(super) fn bits(&self) -> u64 {
        self.0.next()
    }

    /// A number in this range, which is not empty. The first numbers are a little more likely, which does no harm here.
    pub(super) fn within(&self, range: Range<i64>) -> i64 {
        let span = range.end.abs_diff(range.start).max(1);
        range.start.saturating_add_unsigned(self.bits() % span)
    }

    /// A number from 0 to `end`.
    pub(super) fn up_to(&self, end: u32) -> u32 {
        u32::try_from(self.bits() % (u64::from(end) + 1)).unwrap_or(end)
    }

    /// One of these choices.
    #[expect(clippy::indexing_slicing, reason = "the index is below the length")]
    pub(super) fn one_of<T: Copy, const N: usize>(&self, choices: [T; N]) -> T {
        const { assert!(N > 0, "there is something to choose from") };
        choices[usize::try_from(self.bits() >> 32).unwrap_or_default() % N]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_drawn_from_one_end_to_the_other() {
        let draws = Draws::new(1);
        let mut seen: Vec<i64> = (0..100).map(|_| draws.within(-2..2)).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen, [-2, -1, 0, 1]);
    }

    #[test]
    fn each_choice_is_made() {
        let draws = Draws::new(1);
        for wanted in ['a', 'b', 'c'] {
            assert!((0..100).any(|_| draws.one_of(['a', 'b', 'c']) == wanted));
        }
    }
}
