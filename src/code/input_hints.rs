use super::UserCodeFormat;
use super::grouping::grouped;
use super::user_code_format::MAX_TYPED_BYTES;

/// How a page should ask for a user code, so that it agrees with what the server reads.
///
/// Nothing here is a check of its own: every input that
/// [`UserCodeFormat::parse`](UserCodeFormat::parse) takes passes the pattern and fits the length.
///
/// ```
/// use device_grant::code::UserCodeFormat;
///
/// let hints = UserCodeFormat::default().hints();
/// assert_eq!(hints.mask(), "XXXX-XXXX");
/// assert_eq!(hints.masks().last().unwrap(), "XXXX-XXXX-XXXX");
/// assert_eq!(hints.input_mode(), "text");
/// assert_eq!(hints.autocapitalize(), "characters");
///
/// let hints = UserCodeFormat::digits(9)?.hints();
/// assert_eq!(hints.mask(), "NNN-NNN-NNN");
/// assert_eq!(hints.input_mode(), "numeric");
/// # Ok::<(), device_grant::code::InvalidUserCodeFormat>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InputHints {
    /// One for each length, never empty.
    masks: Vec<String>,
    pattern: String,
    numeric: bool,
    upper_case: bool,
}

impl InputHints {
    pub(super) fn new(format: &UserCodeFormat) -> Self {
        let symbols = format.symbols();
        let numeric = symbols.iter().all(u8::is_ascii_digit);
        let placeholder = if numeric { "N" } else { "X" };
        Self {
            masks: format
                .lengths()
                .map(|length| grouped(&placeholder.repeat(length)))
                .collect(),
            pattern: pattern(format),
            numeric,
            upper_case: !numeric && !symbols.iter().any(u8::is_ascii_lowercase),
        }
    }

    /// The shape of a code in quiet times, for a placeholder or a hint: `XXXX-XXXX`, or `NNN-NNN-NNN` if all are digits.
    #[must_use]
    pub fn mask(&self) -> &str {
        self.masks.first().map_or("", String::as_str)
    }

    /// The shape of a code at each of its [lengths](UserCodeFormat::lengths), the shortest first.
    #[must_use]
    pub fn masks(&self) -> &[String] {
        &self.masks
    }

    /// The value of HTML's `inputmode`: `numeric` if all are digits, else `text`.
    #[must_use]
    pub fn input_mode(&self) -> &'static str {
        if self.numeric { "numeric" } else { "text" }
    }

    /// The value of HTML's `autocapitalize`: `characters` for an upper-case alphabet, else `none`.
    #[must_use]
    pub fn autocapitalize(&self) -> &'static str {
        if self.upper_case {
            "characters"
        } else {
            "none"
        }
    }

    /// The value of HTML's `maxlength`: room for every spelling of a code, however it is spaced.
    #[must_use]
    pub fn max_length(&self) -> usize {
        MAX_TYPED_BYTES
    }

    /// The value of HTML's `pattern`: a regular expression that every spelling of a code satisfies.
    #[must_use]
    pub fn pattern(&self) -> &str {
        &self.pattern
    }
}

fn pattern(format: &UserCodeFormat) -> String {
    const SEPARATORS: &str = r"(?:[^\p{Alphabetic}\p{N}]|[\u115F\u1160\u3164\uFFA0])*";
    // In whatever script: with the flag `v`, which browsers set.
    let digits = if format.symbols().contains(&b'0') {
        r"\p{Nd}"
    } else {
        ""
    };
    let symbols: String = format
        .alphabet()
        .readable()
        .flat_map(|ascii| [Some(ascii), char::from_u32(u32::from(ascii) + 0xFEE0)])
        .flatten()
        .collect();
    let (shortest, longest) = format.lengths().into_inner();
    format!("{SEPARATORS}(?:[{symbols}{digits}]{SEPARATORS}){{{shortest},{longest}}}")
}
