use std::sync::Arc;

use super::UserCodeFormat;
use super::alphabet::{Alphabet, Reading};

/// Words that no issued code contains.
#[derive(Clone, Debug, Default)]
pub(super) struct Blocklist {
    given: Arc<[String]>,
    /// The words that a code can spell, as it spells them.
    spelled: Arc<[String]>,
}

impl Blocklist {
    pub(super) fn new(words: impl IntoIterator<Item: AsRef<str>>, alphabet: &Alphabet) -> Self {
        let words = words.into_iter().map(|word| word.as_ref().to_owned());
        Self::of(words.collect(), alphabet)
    }

    /// The same words in another alphabet, whose codes may spell more of them.
    pub(super) fn respelled(&self, alphabet: &Alphabet) -> Self {
        Self::of(Arc::clone(&self.given), alphabet)
    }

    fn of(given: Arc<[String]>, alphabet: &Alphabet) -> Self {
        let spellings = given.iter().filter_map(|word| spelled(word, alphabet));
        let mut spelled: Vec<_> = spellings.collect();
        // Each word once: spellings that are read alike would lower the share of codes twice.
        spelled.sort_unstable();
        spelled.dedup();
        let spelled = spelled.into();
        Self { given, spelled }
    }

    pub(super) fn blocks(&self, code: &str) -> bool {
        self.spelled.iter().any(|word| code.contains(word))
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
        (1.0 - self.spelled.iter().map(share).sum::<f64>()).max(0.0)
    }
}

/// Equal if they exclude the same codes.
impl PartialEq for Blocklist {
    fn eq(&self, other: &Self) -> bool {
        self.spelled == other.spelled
    }
}

impl Eq for Blocklist {}

fn spelled(word: &str, alphabet: &Alphabet) -> Option<String> {
    word.chars()
        .map(|character| match alphabet.read(character) {
            Reading::Symbol { symbol, .. } => Some(char::from(symbol)),
            Reading::Separator | Reading::Foreign => None,
        })
        .collect()
}
