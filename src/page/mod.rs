//! Ready-made verification pages ([RFC 8628 §3.3](https://www.rfc-editor.org/rfc/rfc8628#section-3.3)), and QR
//! codes for the device's screen.
//!
//! [`Pages`] is a [`Route`](crate::http::Route). It asks your [`VisitorSource`](crate::http::VisitorSource) who is signed in,
//! reads the user code, shows the request, and takes the decision.
//!
//! | request | answer |
//! |---|---|
//! | `GET /activate` | the form for the code; without a sign-in, a redirect to your login |
//! | `GET /activate?user_code=...` | a redirect to the form; the code moves from the URL into a cookie |
//! | `POST /activate` | looks the code up and claims the grant; a redirect to the review |
//! | `GET /activate/review/{grant}` | the review, for the browser with its ticket; after the decision, the result |
//! | `POST /activate/decision` | approves, denies, reports, changes the account or undoes; a redirect to the result |
//! | `GET /activate/devices` | the visitor's own devices, if [`Pages::devices`] is on |
//! | `POST /activate/devices` | signs one of them out; a redirect to the list |
//! | `GET /activate/review/{grant}/approval` | why an approval was not accepted: a warning, a stronger sign-in, a refusal, or a missing choice |
//!
//! (`/activate` stands for the path of your verification URI. `{grant}` is a
//! [`GrantId`](crate::code::GrantId), which is not a secret.)
//!
//! # Security rules
//!
//! - **GET.** A GET never looks a code up, claims or decides. A `HEAD` is a GET without a body.
//! - **POST.** A POST is answered by a redirect to one of these pages, so reloading and going back send no form again. If the
//!   visitor has to sign in, the answer is a page with a `Refresh` header to your login, because Chromium blocks a redirect to
//!   another origin after a form. Short-lived cookies keep the rest: one has the code and the result of its entry, one for each
//!   review has its ticket and code, for the path of that review alone.
//! - **Other sites.** POSTs from other sites are refused: `Sec-Fetch-Site`, if sent, has to be `same-origin` or `none`, and
//!   `Origin` has to be that of the verification URI. All browsers since 2023 send the former to https and
//!   loopback hosts; with these pages' `Referrer-Policy` they send `Origin: null`, which is refused without the
//!   former. A POST with neither header does not come from a browser: its code is treated like one from a link, so that
//!   the visitor is asked to compare it. A decision needs the review's ticket in any case. Undoing an approval needs none of the
//!   ticket's secret, and the list of devices has no ticket, so these refuse a POST with neither header.
//! - **Choices.** The form names optional parts and choices by number, with a digest of the offer. They are
//!   checked against the offer at the decision; a choice that was not offered decides nothing. The same cookies keep
//!   them through a warning and a sign-in, so that the visitor need not choose again.
//! - **Links.** After the first redirect, the code of a link is in no URL and no title. It waits in a short-lived cookie
//!   that scripts and other sites cannot read, and that only fills the form in.
//! - **Texts.** Every text from a client, a device or a visitor is escaped, limited in length, and isolated from the
//!   direction of the text around it.
//! - **Headers.** Every answer has a content security policy without `unsafe-inline`, cannot be framed, cached or sniffed,
//!   and sends no `Referer`.

mod choice;
mod code_cookie;
mod colour;
mod content_policy;
mod cookie;
mod custom_page;
mod date;
mod decision;
mod devices;
mod entry;
mod form;
mod language;
mod logo;
mod look;
mod offer;
mod outcome;
mod page_view;
mod pages;
mod pasted;
mod paths;
mod presentation;
mod provenance;
mod qr;
mod query;
mod respond;
mod review_cookie;
mod reviewing;
mod selection;
mod shown;
mod template;
mod texts;
mod told;
mod view;
mod wish;

pub use self::choice::Choice;
pub use self::custom_page::{CustomPage, Template};
pub use self::language::Language;
pub use self::logo::Logo;
pub use self::page_view::{Page, PageKind};
pub use self::pages::Pages;
pub use self::presentation::{Presentation, Presenter};
pub use self::qr::Qr;

#[cfg(test)]
#[cfg(feature = "memory")]
mod tests;
