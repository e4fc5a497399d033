use std::time::Duration;

use http::StatusCode;

use super::code_cookie::arrival_text;
use super::offer::{Offer, Unfit};
use super::review_cookie::HeldReview;
use super::selection::Selection;
use super::told::Told;
use super::{Language, Presentation};
use crate::code::{ConfirmationCode, InputHints, UserCodeError};
use crate::device_grants::{ListedGrant, Review, ReviewTicket};
use crate::grant::Arrival;
use crate::host::{Visitor, Warning, network};

/// The page to show.
#[derive(Debug)]
pub(super) enum View<'a> {
    Entry(Entry<'a>),
    Review(ReviewView<'a>),
    Devices(Devices<'a>),
    Notice(Notice),
}

/// The visitor's devices.
#[derive(Debug)]
pub(super) struct Devices<'a> {
    pub(super) devices: Vec<Device<'a>>,
    /// The outcome of the last post.
    pub(super) told: Option<Told>,
    /// The address of the list of older ones, if there are any.
    pub(super) older: Option<String>,
}

/// A device that has access to the visitor's account.
#[derive(Debug)]
pub(super) struct Device<'a> {
    pub(super) grant: &'a ListedGrant,
    pub(super) presentation: Presentation<'a>,
}

/// An approval, in words, and the ticket that takes it back.
#[derive(Debug)]
pub(super) struct Approved {
    pub(super) ticket: ReviewTicket,
    pub(super) application: String,
    pub(super) account: String,
}

/// The form for the code.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    /// The text that the field holds already.
    pub(super) code: &'a str,
    /// The way in which that text came.
    pub(super) arrival: Arrival,
    pub(super) mistake: Option<Mistake>,
    pub(super) hints: InputHints,
}

/// The mistake in the last entry.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Mistake {
    /// The entry was empty.
    Empty,
    /// The text cannot be a code, and was not looked up.
    Mistyped(UserCodeError),
    /// There is nothing under this code for this visitor.
    Unknown,
}

/// The grant that the end user decides on.
#[derive(Debug)]
pub(super) struct ReviewView<'a> {
    pub(super) review: &'a Review,
    pub(super) visitor: &'a Visitor,
    pub(super) presentation: &'a Presentation<'a>,
    pub(super) offer: Offer<'a>,
    /// The visitor's last choices.
    pub(super) selection: Option<&'a Selection>,
    /// The reason for which those do not count.
    pub(super) unfit: Option<Unfit>,
}

impl ReviewView<'_> {
    /// True if the device and the visitor seem to be in one network, if both addresses are known.
    pub(super) fn is_same_network(&self) -> Option<bool> {
        let device = self.review.grant.origin.ip?;
        let visitor = self.visitor.ip()?;
        Some(network(device) == network(visitor))
    }
}

impl ReviewView<'_> {
    /// Returns whether the account that the device expects is the visitor's, if the device named one. Only the answer is
    /// shown, because the hint is the text of a stranger.
    pub(super) fn is_meant_for_visitor(&self) -> Option<bool> {
        let hint = self.review.grant.sign_in.login_hint.as_deref()?.trim();
        let subject = self.visitor.subject().as_str();
        let known = self.presentation.logins.iter().map(String::as_str);
        let mut names = known
            .chain(self.presentation.account.as_deref())
            .chain([subject]);
        Some(names.any(|name| name.trim().to_lowercase() == hint.to_lowercase()))
    }
}

/// A page that only says something.
#[derive(Debug)]
pub(super) enum Notice {
    /// Approved: back to the device.
    Approved(Approved),
    /// Approved, and the device has its tokens.
    Connected(Approved),
    /// The approval was taken back.
    Undone(Approved),
    /// Approved, and the device has to send this code.
    Unconfirmed(ConfirmationCode),
    /// Denied.
    Denied,
    /// Denied with "this was not me".
    Reported,
    /// The ticket is no longer, or never was, good for anything. One page for all reasons.
    Closed,
    /// The policy forbids the approval. The request can still be denied.
    Forbidden(ReviewTicket),
    /// The policy requires a stronger sign-in, at this address if the host named one. The request can still be denied.
    StepUp(ReviewTicket, Option<String>),
    /// The policy warns. The request can still be approved or denied.
    Warned(HeldReview, Warning),
    /// The review was given up for another account.
    Released,
    /// Too many codes were entered.
    TooManyAttempts(Duration),
    /// The post came from somewhere else.
    CrossSite,
    /// The body is not one of these pages' forms.
    BadForm,
    /// The visitor has to sign in there. The page leads there without a click.
    SignIn(String),
    /// Something failed, and may work later.
    Unavailable,
    /// Something failed.
    Failed,
    /// This address takes other methods.
    WrongMethod,
}

impl View<'_> {
    /// The hidden fields of the page's form; none where it has no form.
    pub(super) fn fields(&self, language: Language) -> Vec<(&'static str, String)> {
        // Keeps the language of the page through the post.
        let mut fields = vec![("ui_locales", language.tag().to_owned())];
        match self {
            Self::Entry(entry) => {
                if entry.arrival == Arrival::Link {
                    fields.push(("via", "link".to_owned()));
                }
            }
            Self::Review(view) => {
                let via = arrival_text(view.review.arrival);
                fields.push(("ticket", view.review.ticket.expose()));
                // For a browser that loses the cookie of the review, and for a sign-in in between.
                fields.push(("user_code", view.review.user_code()));
                fields.push(("via", via.to_owned()));
                // Comes back with the form, because the grant is released before the other account signs in.
                if let Some(hint) = &view.review.grant.sign_in.login_hint {
                    fields.push(("login_hint", hint.to_owned()));
                }
                if !view.offer.is_empty() {
                    fields.push((Selection::OFFER, view.offer.id.clone()));
                }
            }
            Self::Notice(Notice::Forbidden(ticket) | Notice::StepUp(ticket, _)) => {
                fields.push(("ticket", ticket.expose()));
            }
            Self::Notice(Notice::Approved(approved)) => {
                fields.push(("ticket", approved.ticket.expose()));
            }
            Self::Devices(_) => {}
            Self::Notice(Notice::Warned(held, warning)) => {
                fields.push(("ticket", held.ticket().expose()));
                fields.push(("user_code", held.code().to_owned()));
                fields.push(("via", arrival_text(held.arrival()).to_owned()));
                fields.push(("warning", warning.id()));
                if let Some(selection) = held.selection() {
                    fields.push((Selection::WHOLE, selection.to_string()));
                }
            }
            Self::Notice(_) => fields.clear(),
        }
        fields
    }

    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Entry(Entry {
                mistake: Some(_), ..
            })
            | Self::Review(ReviewView { unfit: Some(_), .. }) => StatusCode::BAD_REQUEST,
            Self::Entry(_) | Self::Review(_) | Self::Devices(_) => StatusCode::OK,
            Self::Notice(notice) => notice.status(),
        }
    }
}

impl Notice {
    fn status(&self) -> StatusCode {
        match self {
            Self::Approved(_)
            | Self::Connected(_)
            | Self::Undone(_)
            | Self::Unconfirmed(_)
            | Self::Denied
            | Self::Reported
            | Self::Warned(..)
            | Self::Released
            | Self::SignIn(_) => StatusCode::OK,
            Self::Closed => StatusCode::GONE,
            Self::Forbidden(_) | Self::StepUp(..) | Self::CrossSite => StatusCode::FORBIDDEN,
            Self::TooManyAttempts(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::BadForm => StatusCode::BAD_REQUEST,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
        }
    }

    /// The time after which another try may succeed.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooManyAttempts(delay) => Some(*delay),
            Self::Unavailable => Some(Duration::from_secs(5)),
            Self::Approved(_)
            | Self::Connected(_)
            | Self::Undone(_)
            | Self::Unconfirmed(_)
            | Self::Denied
            | Self::Reported
            | Self::Released
            | Self::Closed
            | Self::Forbidden(_)
            | Self::StepUp(..)
            | Self::Warned(..)
            | Self::CrossSite
            | Self::BadForm
            | Self::SignIn(_)
            | Self::Failed
            | Self::WrongMethod => None,
        }
    }
}
