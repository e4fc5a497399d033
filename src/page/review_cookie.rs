use std::fmt;

use http::{HeaderMap, HeaderValue};
use zeroize::Zeroizing;

use super::code_cookie::{CarriedCode, arrival_of, arrival_text, decoded, encoded};
use super::cookie;
use super::paths::Paths;
use super::selection::Selection;
use crate::code::GrantId;
use crate::device_grants::ReviewTicket;
use crate::grant::Arrival;

/// The review that a browser keeps for the page after a post: its ticket, its code and the choices.
///
/// The cookie belongs to the path of that one review, so each tab has its own and no other request brings it. It
/// needs no signature: a ticket works for one visitor in one session, and the code is compared with the grant.
pub(super) struct HeldReview {
    ticket: ReviewTicket,
    code: Zeroizing<String>,
    arrival: Arrival,
    selection: Option<Selection>,
}

impl HeldReview {
    /// The longest code that is held, in bytes: as it is shown, with dashes.
    const MAX_LEN: usize = 128;
    /// Longer than any code lives, so that the page after a decision can still be shown again.
    const SECONDS: u32 = 3_600;

    pub(super) fn new(ticket: ReviewTicket, code: &str, arrival: Arrival) -> Self {
        Self {
            ticket,
            code: Zeroizing::new(code.to_owned()),
            arrival,
            selection: None,
        }
    }

    /// Sets the choices of the visitor.
    pub(super) fn with(mut self, selection: Option<Selection>) -> Self {
        self.selection = selection;
        self
    }

    /// Reads the review of this grant from the request's cookies.
    pub(super) fn of(headers: &HeaderMap, paths: &Paths, grant: GrantId) -> Option<Self> {
        let value = cookie::read(headers, cookie_name(paths))?;
        let mut parts = value.split('.');
        let arrival = arrival_of(parts.next()?)?;
        let code = decoded::<{ Self::MAX_LEN }>(parts.next()?)?;
        // The grant is that of the path, so a cookie cannot show the review of another one here.
        let ticket = format!("{grant}.{}", parts.next()?).parse().ok()?;
        Some(Self {
            ticket,
            code,
            arrival,
            selection: parts.next().map(Selection::parse),
        })
    }

    pub(super) fn ticket(&self) -> &ReviewTicket {
        &self.ticket
    }

    pub(super) fn code(&self) -> &str {
        &self.code
    }

    pub(super) fn arrival(&self) -> Arrival {
        self.arrival
    }

    /// The choices of the visitor's last post.
    pub(super) fn selection(&self) -> Option<&Selection> {
        self.selection.as_ref()
    }

    /// The code and the choices, to be carried through a sign-in.
    pub(super) fn carried(&self) -> CarriedCode {
        CarriedCode::new(&self.code, self.arrival).with(self.selection.clone())
    }

    /// The `Set-Cookie` that holds it.
    pub(super) fn set_cookie(&self, paths: &Paths) -> Option<HeaderValue> {
        let ticket = self.ticket.expose();
        let (_, nonce) = ticket.split_once('.')?;
        let (arrival, code) = (arrival_text(self.arrival), encoded(&self.code));
        let path = paths.review_path(self.ticket.grant_id());
        let selection = self.selection.as_ref().map(|it| format!(".{it}"));
        let selection = selection.unwrap_or_default();
        let value = format!("{arrival}.{code}.{nonce}{selection}");
        cookie::set(paths, cookie_name(paths), &value, &path, Self::SECONDS)
    }
}

impl fmt::Debug for HeldReview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeldReview")
            .field("grant", &self.ticket.grant_id())
            .finish_non_exhaustive()
    }
}

fn cookie_name(paths: &Paths) -> &'static str {
    // Not `__Host-`, which demands the path `/`: this cookie belongs to the path of one review.
    if paths.is_https() {
        "__Secure-device_grant_review"
    } else {
        "device_grant_review"
    }
}
