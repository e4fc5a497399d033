/// The longest run of words that is taken for a code which was written in groups.
const MOST_GROUPS: usize = 3;
/// The number of words of a text that are looked at.
const MOST_WORDS: usize = 64;

/// The code in a text that was pasted, such as "Your code is BCDF-GHJK"; the text itself where it is a code, and where
/// none or several are found.
pub(super) fn code_in(text: &str, is_code: impl Fn(&str) -> bool) -> &str {
    if is_code(text) {
        return text;
    }
    let words = words(text);
    // Short runs first, so that a code is not joined with the word beside it.
    for groups in 1..=MOST_GROUPS {
        let runs = words.windows(groups);
        let runs = runs.filter_map(|run| text.get(run.first()?.0..run.last()?.1));
        let mut codes = runs.filter(|run| is_code(run));
        if let Some(code) = codes.next() {
            // With two codes in it, nobody knows which one is meant.
            return if codes.all(|other| other == code) {
                code
            } else {
                text
            };
        }
    }
    text
}

/// The beginning and the end of each word: letters, digits, and the dashes between them. East Asian scripts put no
/// space around a code, so that their letters end a word.
fn words(text: &str) -> Vec<(usize, usize)> {
    let is_east_asian = |c| matches!(c, '\u{2e80}'..='\u{ffff}');
    let is_inside = |c: char| c == '-' || (c.is_alphanumeric() && !is_east_asian(c));
    let mut words = Vec::new();
    let mut start = None;
    let ends = text.char_indices().chain([(text.len(), ' ')]);
    for (at, c) in ends {
        match (start, is_inside(c)) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                words.push((from, at));
                start = None;
            }
            (None, false) | (Some(_), true) => {}
        }
        if words.len() == MOST_WORDS {
            break;
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::UserCodeFormat;

    fn found(text: &str) -> &str {
        let format = UserCodeFormat::base20();
        code_in(text, |text| format.parse(text).is_ok())
    }

    #[test]
    fn a_code_is_found_in_the_sentence_around_it() {
        for text in [
            "Your code is BCDF-GHJK",
            "Your code is BCDF-GHJK.",
            "BCDF-GHJK is your code, valid for 10 minutes",
            "Dein Code lautet „BCDF-GHJK“!",
            "https://id.example/activate?user_code=BCDF-GHJK",
            "code:BCDF-GHJK",
            "الرمز هو BCDF-GHJK",
            "コードはBCDF-GHJKです",
            "BCDF-GHJK\nBCDF-GHJK",
        ] {
            assert_eq!(found(text), "BCDF-GHJK", "{text}");
        }
    }

    #[test]
    fn a_code_in_groups_is_found() {
        assert_eq!(found("Your code is BCDF GHJK, hurry"), "BCDF GHJK");
        assert_eq!(found("Enter: BC DF GHJK"), "BC DF GHJK");
    }

    #[test]
    fn what_is_a_code_stays_as_it_is() {
        assert_eq!(found("bcdf ghjk"), "bcdf ghjk");
    }

    #[test]
    fn without_a_code_or_with_two_the_text_stays_as_it_is() {
        for text in [
            "",
            "Your code is here",
            "BCDF-GHJ",
            "BCDF-GHJK or WDJB-MJHT",
            "---",
        ] {
            assert_eq!(found(text), text);
        }
    }
}
