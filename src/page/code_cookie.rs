use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use http::{HeaderMap, HeaderValue};
use zeroize::Zeroizing;

use super::cookie;
use super::outcome::Outcome;
use super::paths::Paths;
use super::selection::Selection;
use super::shown::Shown;
use crate::grant::Arrival;

/// A user code on its way to the form: from a link, through a sign-in, or after a post, with the outcome of that post.
///
/// It only fills the form in, so it needs no signature. A sibling domain that could plant one could send a link as
/// well. It would gain that the code counts as typed; the review asks for the comparison with the device in either
/// case.
#[derive(Clone)]
pub(super) struct CarriedCode {
    code: Zeroizing<String>,
    arrival: Arrival,
    outcome: Option<Outcome>,
    selection: Option<Selection>,
}

impl CarriedCode {
    /// The longest text that is carried, in bytes: a line that was cut, of characters of four bytes.
    const MAX_LEN: usize = 4 * (Shown::LONGEST_LINE + 1);
    /// The longest text that a link fills in, in bytes.
    const MAX_LINKED: usize = 256;
    const SECONDS: u32 = 600;

    /// Takes up the code of a link, unless it cannot be one.
    pub(super) fn linked(code: &str) -> Option<Self> {
        let carried = Self::new(code, Arrival::Link);
        // A longer text in a link is no code, and would let a stranger write into the visitor's form.
        (code.len() <= Self::MAX_LINKED && !carried.code.is_empty()).then_some(carried)
    }

    /// Makes a cookie of an entered text, without invisible characters. A text that is longer than a line is cut, and stays too
    /// long for a code.
    pub(super) fn new(code: &str, arrival: Arrival) -> Self {
        Self {
            code: Zeroizing::new(Shown::line(code).into_string()),
            arrival,
            outcome: None,
            selection: None,
        }
    }

    /// Sets the choices that were made in the review of the code.
    pub(super) fn with(mut self, selection: Option<Selection>) -> Self {
        self.selection = selection;
        self
    }

    /// The choices that were made in the review of this code.
    pub(super) fn selection_for(self, code: &str) -> Option<Selection> {
        // Choices are numbers in one offer: for another code they would choose something else.
        self.selection.filter(|_| *self.code == *code)
    }

    /// Sets the outcome of a post.
    pub(super) fn after(mut self, outcome: Outcome) -> Self {
        self.outcome = Some(outcome);
        self
    }

    /// Removes the outcome of a post, which a page has shown.
    pub(super) fn said(mut self) -> Self {
        self.outcome = None;
        self
    }

    /// Reads it from the request's cookies.
    pub(super) fn of(headers: &HeaderMap, paths: &Paths) -> Option<Self> {
        let value = cookie::read(headers, cookie_name(paths))?;
        let mut parts = value.split('.');
        let arrival = arrival_of(parts.next()?)?;
        let code = decoded::<{ Self::MAX_LEN }>(parts.next()?)?;
        // Cleaned again, because the cookie has no signature and may not be this page's.
        let mut carried = Self::new(&code, arrival);
        carried.outcome = parts.next().and_then(Outcome::parse);
        carried.selection = parts.next().map(Selection::parse);
        Some(carried)
    }

    pub(super) fn code(&self) -> &str {
        &self.code
    }

    pub(super) fn arrival(&self) -> Arrival {
        self.arrival
    }

    pub(super) fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }

    /// The `Set-Cookie` that carries it, or forgets one that carries nothing.
    pub(super) fn set_cookie(&self, paths: &Paths) -> Option<HeaderValue> {
        if self.code.is_empty() && self.outcome.is_none() {
            return Self::forget(paths);
        }
        let (arrival, code) = (arrival_text(self.arrival), encoded(&self.code));
        let outcome = self.outcome.as_ref().map(Outcome::to_string);
        let outcome = outcome.unwrap_or_default();
        // Neither base64url nor the other parts have dots.
        let value = match &self.selection {
            Some(selection) => format!("{arrival}.{code}.{outcome}.{selection}"),
            None if outcome.is_empty() => format!("{arrival}.{code}"),
            None => format!("{arrival}.{code}.{outcome}"),
        };
        cookie::set(paths, cookie_name(paths), &value, "/", Self::SECONDS)
    }

    /// The `Set-Cookie` that forgets it.
    pub(super) fn forget(paths: &Paths) -> Option<HeaderValue> {
        cookie::set(paths, cookie_name(paths), "", "/", 0)
    }
}

impl fmt::Debug for CarriedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CarriedCode")
            .field("arrival", &self.arrival)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

/// Behind https the name makes browsers take the cookie from this very host only: a neighbour under the same
/// domain could otherwise plant a code that looks as if it had been typed here. The name demands the path `/`.
fn cookie_name(paths: &Paths) -> &'static str {
    if paths.is_https() {
        "__Host-device_grant_code"
    } else {
        "device_grant_code"
    }
}

pub(super) fn arrival_text(arrival: Arrival) -> &'static str {
    match arrival {
        Arrival::Typed => "typed",
        Arrival::Link => "link",
    }
}

pub(super) fn arrival_of(text: &str) -> Option<Arrival> {
    match text {
        "typed" => Some(Arrival::Typed),
        "link" => Some(Arrival::Link),
        _ => None,
    }
}

pub(super) fn encoded(code: &str) -> String {
    Base64UrlUnpadded::encode_string(code.as_bytes())
}

pub(super) fn decoded<const N: usize>(text: &str) -> Option<Zeroizing<String>> {
    let mut buffer = Zeroizing::new([0; N]);
    let bytes = Base64UrlUnpadded::decode(text, &mut *buffer).ok()?;
    let code = std::str::from_utf8(bytes).ok()?;
    Some(Zeroizing::new(code.to_owned()))
}
