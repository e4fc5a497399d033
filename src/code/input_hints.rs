use super::UserCodeFormat;
use super::grouping::grouped;
use super::user_code_format::MAX_TYPED_BYTES;

/// Hints for the input field of a page that asks for a user code.
///
/// They never refuse what the server accepts: every input that
/// [`check_user_code`](crate::DeviceGrants::check_user_code) accepts matches the pattern and fits the length.
///
/// ```
/// use device_grant::code::UserCodeFormat;
///
/// let hints = UserCodeFormat::default().hints();
/// assert_eq!(hints.masks[0], "XXXX-XXXX");
/// assert_eq!(hints.masks.last().unwrap(), "XXXX-XXXX-XXXX");
/// assert_eq!((hints.input_mode, hints.autocapitalize), ("text", "characters"));
///
/// let hints = UserCodeFormat::digits(9)?.hints();
/// assert_eq!((hints.masks[0].as_str(), hints.input_mode), ("NNN-NNN-NNN", "numeric"));
/// # Ok::<(), device_grant::InvalidValue>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct InputHints {
    /// The shape of a code for each of its [lengths](UserCodeFormat::lengths), the shortest first: `XXXX-XXXX`, or
    /// `NNN-NNN-NNN` if all are digits. Use the first one, the usual length, for a placeholder or a hint.
    pub masks: Vec<String>,
    /// The value of HTML's `inputmode`: `numeric` if all are digits, else `text`.
    pub input_mode: &'static str,
    /// The value of HTML's `autocapitalize`: `characters` for an upper-case alphabet, else `none`.
    pub autocapitalize: &'static str,
    /// The value of HTML's `maxlength`: room for every spelling of a code, however it is spaced.
    pub max_length: usize,
    /// The value of HTML's `pattern`: a regular expression that every spelling of a code satisfies.
    pub pattern: String,
}

impl InputHints {
    pub(super) fn new(format: &UserCodeFormat) -> Self {
        let symbols = format.symbols();
        let is_numeric = symbols.iter().all(u8::is_ascii_digit);
        let has_lower_case = symbols.iter().any(u8::is_ascii_lowercase);
        let (input_mode, placeholder) = if is_numeric {
            ("numeric", "N")
        } else {
            ("text", "X")
        };
        Self {
            masks: format
                .lengths()
                .map(|length| grouped(placeholder.repeat(length)))
                .collect(),
            input_mode,
            autocapitalize: if is_numeric || has_lower_case {
                "none"
            } else {
                "characters"
            },
            // HTML counts in units of UTF-16, of which a text never has more than bytes.
            max_length: MAX_TYPED_BYTES,
            pattern: pattern(format),
        }
    }
}

fn pattern(format: &UserCodeFormat) -> String {
    // The four are Hangul fillers: letters to a regular expression, and nothing to see for a person.
    const SEPARATORS: &str = r"(?:[^\p{Alphabetic}\p{N}]|[\u115F\u1160\u3164\uFFA0])*";
    // The digits of every script. The class needs the flag `v`, which browsers set.
    let digits = if format.symbols().contains(&b'0') {
        r"\p{Nd}"
    } else {
        ""
    };
    // Letters and digits alone, none of which means anything in a class of a regular expression.
    let symbols: String = format
        .alphabet()
        .readable()
        .flat_map(|ascii| [Some(ascii), char::from_u32(u32::from(ascii) + 0xFEE0)])
        .flatten()
        .collect();
    let (shortest, longest) = format.lengths().into_inner();
    format!("{SEPARATORS}(?:[{symbols}{digits}]{SEPARATORS}){{{shortest},{longest}}}")
}
