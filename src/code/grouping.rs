/// Splits a code into groups of at most four characters, as even as they can be, the longer ones first.
///
/// Eight become `4-4`, nine `3-3-3` (both as in [RFC 8628 §6.1](https://www.rfc-editor.org/rfc/rfc8628#section-6.1)),
/// ten `4-3-3`, twelve `4-4-4`.
pub(super) fn grouped(mut code: String) -> String {
    let groups = groups(code.len());
    let (short, longer) = (code.len() / groups, code.len() % groups);
    // From the end, so that a dash moves no place in front of it. All symbols are ASCII.
    for group in (1..groups).rev() {
        code.insert(group * short + group.min(longer), '-');
    }
    code
}

/// Returns the length of a code of so many characters with its dashes.
pub(super) fn grouped_length(length: usize) -> usize {
    length + groups(length) - 1
}

fn groups(length: usize) -> usize {
    length.div_ceil(4).max(1)
}
