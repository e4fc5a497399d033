//! The `Prefer` header ([RFC 7240](https://www.rfc-editor.org/rfc/rfc7240)), as far as a poll reads it.

use std::mem;
use std::time::Duration;

/// The longest header value that is read, in bytes.
const MAX_LEN: usize = 1024;

/// Returns the time of the preference `wait` in these values of `Prefer` headers, if it is one second or more
/// ([RFC 7240 §4.3](https://www.rfc-editor.org/rfc/rfc7240#section-4.3)).
///
/// The first `wait` decides, as section 2 has it. One that is no number of seconds counts as none.
pub(crate) fn wait<'a>(values: impl IntoIterator<Item = &'a str>) -> Option<Duration> {
    seconds(value(values)?).filter(|wait| !wait.is_zero())
}

/// Returns whether a `Preference-Applied` header names `wait`, with or without the time
/// ([RFC 7240 §3](https://www.rfc-editor.org/rfc/rfc7240#section-3)).
#[cfg(feature = "poller")]
pub(crate) fn is_wait_applied(header: &str) -> bool {
    value([header]).is_some()
}

/// Returns the value of the first `wait`.
fn value<'a>(headers: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let headers = headers.into_iter().filter(|header| header.len() <= MAX_LEN);
    let mut preferences = headers.flat_map(|header| unquoted(header, ','));
    preferences.find_map(wait_of)
}

/// Returns the value of a preference that is `wait`, without its parameters.
fn wait_of(preference: &str) -> Option<&str> {
    let preference = unquoted(preference, ';').next()?;
    let (name, value) = preference.split_once('=').unwrap_or((preference, ""));
    let is_wait = blank_trimmed(name).eq_ignore_ascii_case("wait");
    is_wait.then(|| blank_trimmed(value))
}

/// Reads seconds, as a token or a quoted string. What is too large for a number is the largest.
fn seconds(value: &str) -> Option<Duration> {
    let inside = value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'));
    let digits = inside.unwrap_or(value);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(Duration::from_secs(digits.parse().unwrap_or(u64::MAX)))
}

/// Splits a text at a separator, but not inside of quoted strings.
fn unquoted(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    text.split(move |character| {
        let was_escaped = mem::take(&mut is_escaped);
        match character {
            '\\' => is_escaped = is_quoted && !was_escaped,
            '"' if !was_escaped => is_quoted = !is_quoted,
            _ => {}
        }
        character == separator && !is_quoted
    })
}

fn blank_trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}
