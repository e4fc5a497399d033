use std::sync::Arc;

use super::UserCodeFormat;
use super::alphabet::{Alphabet, Reading};

/// Words that no issued code contains, in the canonical spelling of codes.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Blocklist(Arc<[String]>);

impl Blocklist {
    /// Leaves out words that no code can spell.
    pub(super) fn new(words: impl IntoIterator<Item: AsRef<str>>, alphabet: &Alphabet) -> Self {
        let mut words: Vec<_> = words
            .into_iter()
            .filter_map(|word| spelled(word.as_ref(), alphabet))
            .collect();
        // Each word once: spellings that are read alike would lower the share of codes twice.
        words.sort_unstable();
        words.dedup();
        Self(words.into())
    }

    pub(super) fn blocks(&self, code: &str) -> bool {
        self.0.iter().any(|word| code.contains(word))
    }

    /// The least share of codes left: as if no code contained two of the words.
    ///
    /// Given the rest of a code, any of its characters decides its check character and is decided by it, so a
    /// word is as likely at the end as elsewhere.
    pub(super) fn share_left(&self, format: &UserCodeFormat) -> f64 {
        let share = |word: &String| {
            let places = (format.length() + 1).saturating_sub(word.len());
            let free = word.len().min(format.drawn_length());
            let odds = f64::from(format.order()).powi(i32::try_from(free).unwrap_or(i32::MAX));
            f64::from(u32::try_from(places).unwrap_or(u32::MAX)) / odds
        };
        (1.0 - self.0.iter().map(share).sum::<f64>()).max(0.0)
    }
}

fn spelled(word: &str, alphabet: &Alphabet) -> Option<String> {
    word.chars()
        .map(|character| match alphabet.read(character) {
            Reading::Symbol { symbol, .. } => Some(char::from(symbol)),
            Reading::Separator | Reading::Foreign => None,
        })
        .collect()
}
