use std::{mem, time::Duration};

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::message::members::{ExtraMembers, wipe};

/// The longest body that is read, in bytes.
pub(super) const MAX_BODY: usize = 256 * 1024;
const MAX_TEXT: usize = 256;

/// Reads a JSON object of another vendor's server, leniently; what it does not hand out is wiped.
pub(super) struct Members(Map<String, Value>);

impl Members {
    pub(super) fn parse(body: &[u8]) -> Option<Self> {
        if body.len() > MAX_BODY {
            return None;
        }
        serde_json::from_slice(body).ok().map(Self)
    }

    /// Takes a member that is a string and not empty; one of another kind is dropped.
    pub(super) fn secret(&mut self, name: &str) -> Option<Zeroizing<String>> {
        // Removed, so that it is not among the extra members of the tokens.
        match self.0.remove(name)? {
            Value::String(text) if !text.is_empty() => Some(Zeroizing::new(text)),
            Value::String(_)
            | Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_) => None,
        }
    }

    /// Takes a text that is fit to be shown.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        self.secret(name).map(|text| showable(&text))
    }

    /// Takes a positive number of seconds, that may be a fraction or a string.
    pub(super) fn seconds(&mut self, name: &str) -> Option<Duration> {
        match self.0.remove(name)? {
            Value::Number(number) => positive_seconds(number.as_f64()?),
            Value::String(text) => parse_seconds(&text),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// Returns whether a member is `true`.
    pub(super) fn is_true(&self, name: &str) -> bool {
        self.0.get(name) == Some(&Value::Bool(true))
    }

    /// Returns a member that is a small number.
    pub(super) fn count(&self, name: &str) -> Option<u32> {
        self.0.get(name)?.as_u64()?.try_into().ok()
    }

    pub(super) fn into_rest(mut self) -> ExtraMembers {
        let mut rest = ExtraMembers::default();
        for (name, value) in mem::take(&mut self.0) {
            rest.insert(name, value);
        }
        rest
    }
}

impl Drop for Members {
    fn drop(&mut self) {
        self.0.values_mut().for_each(wipe);
    }
}

/// Takes the text out of its wrapper. Its holder wipes it from now on.
pub(super) fn plain(secret: Option<Zeroizing<String>>) -> Option<String> {
    secret.map(|mut text| mem::take(&mut *text))
}

/// Cuts a text off, and takes out what would move the cursor of a terminal.
pub(super) fn showable(text: &str) -> String {
    let start = text.chars().take(MAX_TEXT);
    start
        .map(|c| if c.is_control() { '?' } else { c })
        .collect()
}

/// Reads a positive number of seconds in plain decimals: neither a date nor `inf`, which `f64` would read.
pub(super) fn parse_seconds(text: &str) -> Option<Duration> {
    let text = text.trim();
    let is_plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.'));
    positive_seconds(text.parse().ok().filter(|_| is_plain)?)
}

fn positive_seconds(seconds: f64) -> Option<Duration> {
    if seconds.is_nan() || seconds <= 0.0 {
        return None;
    }
    // Callers have a longest value, so a number that is too large for a `Duration` counts as that.
    Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}
