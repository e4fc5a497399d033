/// Splits a text into groups of at most four characters, as even as they can be, the longer ones first.
///
/// Eight become `4-4`, nine `3-3-3` (both as in [RFC 8628 §6.1](https://www.rfc-editor.org/rfc/rfc8628#section-6.1)),
/// ten `4-3-3`, twelve `4-4-4`.
pub(super) fn grouped(text: &str) -> String {
    let groups = text.len().div_ceil(4).max(1);
    let (short, longer) = (text.len() / groups, text.len() % groups);
    let size = |group| short + usize::from(group < longer);

    let mut shown = String::with_capacity(text.len() + groups);
    let mut group = 0;
    let mut left = size(group);
    for character in text.chars() {
        if left == 0 {
            shown.push('-');
            group += 1;
            left = size(group);
        }
        shown.push(character);
        left = left.saturating_sub(1);
    }
    shown
}
