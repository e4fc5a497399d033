/// The zeros of the scripts that have decimal digits: Unicode's category Nd, as of version 17. The other nine digits
/// follow each of them.
#[rustfmt::skip]
const ZEROS: [char; 76] = [
    '\u{660}', '\u{6f0}', '\u{7c0}', '\u{966}', '\u{9e6}', '\u{a66}', '\u{ae6}', '\u{b66}',
    '\u{be6}', '\u{c66}', '\u{ce6}', '\u{d66}', '\u{de6}', '\u{e50}', '\u{ed0}', '\u{f20}',
    '\u{1040}', '\u{1090}', '\u{17e0}', '\u{1810}', '\u{1946}', '\u{19d0}', '\u{1a80}', '\u{1a90}',
    '\u{1b50}', '\u{1bb0}', '\u{1c40}', '\u{1c50}', '\u{a620}', '\u{a8d0}', '\u{a900}', '\u{a9d0}',
    '\u{a9f0}', '\u{aa50}', '\u{abf0}', '\u{ff10}', '\u{104a0}', '\u{10d30}', '\u{10d40}',
    '\u{11066}', '\u{110f0}', '\u{11136}', '\u{111d0}', '\u{112f0}', '\u{11450}', '\u{114d0}',
    '\u{11650}', '\u{116c0}', '\u{116d0}', '\u{116da}', '\u{11730}', '\u{118e0}', '\u{11950}',
    '\u{11bf0}', '\u{11c50}', '\u{11d50}', '\u{11da0}', '\u{11de0}', '\u{11f50}', '\u{16130}', '\u{16a60}',
    '\u{16ac0}', '\u{16b50}', '\u{16d70}', '\u{1ccf0}', '\u{1d7ce}', '\u{1d7d8}', '\u{1d7e2}', '\u{1d7ec}',
    '\u{1d7f6}', '\u{1e140}', '\u{1e2f0}', '\u{1e4f0}', '\u{1e5f1}', '\u{1e950}', '\u{1fbf0}',
];

/// The value of a decimal digit of any script but ASCII's.
pub(super) fn value(character: char) -> Option<u32> {
    let after = ZEROS.partition_point(|zero| *zero <= character);
    let zero = ZEROS.get(after.checked_sub(1)?)?;
    Some(u32::from(character) - u32::from(*zero)).filter(|value| *value < 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_numbers_in_order() {
        assert!(ZEROS.is_sorted());
        let digits = ('\u{80}'..=char::MAX).filter(|c| value(*c).is_some());
        assert_eq!(digits.clone().count(), 10 * ZEROS.len());
        // The standard library knows the numbers of one version of Unicode, and may not yet know these.
        let unknown = digits.filter(|c| !c.is_numeric()).count();
        assert!(unknown <= 80, "{unknown}");
        for (digit, expected) in [('٣', 3), ('۹', 9), ('७', 7), ('０', 0), ('𝟘', 0), ('𝟿', 9)]
        {
            assert_eq!(value(digit), Some(expected), "{digit}");
        }
        for other in ['3', '²', '③', 'Ⅷ', '三', 'a'] {
            assert_eq!(value(other), None, "{other}");
        }
    }
}
