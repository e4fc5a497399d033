use crate::text::is_invisible;

/// A stranger's text, made fit to be shown: without controls that could hide or reorder its neighbours, and not
/// too long. It still has to be escaped, which the templates do, and isolated by `<bdi>`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Shown(String);

impl Shown {
    const LONGEST_NAME: usize = 80;
    pub(super) const LONGEST_LINE: usize = 300;
    /// The number of marks that a letter may carry: without end, they would cover the lines around them.
    const MOST_MARKS: usize = 2;

    /// A name: one line, short.
    pub(super) fn name(text: &str) -> Self {
        Self::bounded(text, Self::LONGEST_NAME)
    }

    /// A line of the host's or the client's.
    pub(super) fn line(text: &str) -> Self {
        Self::bounded(text, Self::LONGEST_LINE)
    }

    /// Something of which nothing may be left out, since the end user approves all of it. What it is made of
    /// was bounded when it was requested. What is not shown is replaced and not removed: the end user sees that the text has more
    /// in it.
    pub(super) fn whole(text: &str) -> Self {
        let mut marks = 0;
        let visible = text.chars().map(|c| {
            marks = if is_stacking(c) { marks + 1 } else { 0 };
            if is_invisible(c) || marks > Self::MOST_MARKS {
                '\u{fffd}'
            } else {
                c
            }
        });
        Self(visible.collect())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }

    fn bounded(text: &str, longest: usize) -> Self {
        let mut shown = String::new();
        let mut kept = 0;
        let (mut spaces, mut marks) = (0_usize, 0_usize);
        // Bounds the work for a text that is mostly invisible.
        for c in text.trim().chars().take(longest.saturating_mul(4)) {
            if is_invisible(c) {
                continue;
            }
            spaces = if c.is_whitespace() { spaces + 1 } else { 0 };
            marks = if is_stacking(c) { marks + 1 } else { 0 };
            // A mark at the beginning would be drawn over the page's own text before it.
            let is_first = kept == 0;
            if spaces > 1 || marks > Self::MOST_MARKS || (is_first && spaces + marks > 0) {
                continue;
            }
            if kept == longest {
                shown.push('…');
                break;
            }
            shown.push(if c.is_whitespace() { ' ' } else { c });
            kept += 1;
        }
        shown.truncate(shown.trim_end().len());
        Self(shown)
    }
}

/// Marks that pile up over and under a letter.
fn is_stacking(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_cut_and_says_so() {
        let shown = Shown::name(&"x".repeat(1_000));
        assert_eq!(shown.as_str().chars().count(), Shown::LONGEST_NAME + 1);
        assert!(shown.as_str().ends_with('…'));
    }

    #[test]
    fn a_name_of_marks_and_controls_is_empty() {
        assert_eq!(Shown::name("\u{202e}\u{200b}\u{300}\r\n\0").as_str(), "");
    }

    #[test]
    fn lines_become_one() {
        assert_eq!(Shown::line("a\r\n\r\n  b\u{2028}c").as_str(), "a bc");
    }

    #[test]
    fn what_is_approved_is_shown_whole_with_its_controls_made_visible() {
        let long = format!("{}\u{202e}end", "x".repeat(5_000));
        let shown = Shown::whole(&long);
        assert!(shown.as_str().ends_with("x\u{fffd}end"));
        assert_eq!(shown.as_str().chars().count(), long.chars().count());
        let stacked = Shown::whole(&format!("x{}y", "\u{300}".repeat(1_000)));
        let marks = stacked.as_str().matches('\u{300}').count();
        assert_eq!(marks, Shown::MOST_MARKS);
        assert_eq!(stacked.as_str().chars().count(), 1_002);
    }
}
