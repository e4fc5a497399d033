//! Ready-made verification pages ([RFC 8628 §3.3](https://www.rfc-editor.org/rfc/rfc8628#section-3.3)), and QR
//! codes for the device's screen.
//!
//! [`Pages`] is a [`Route`](crate::http::Route): it asks the host who the visitor is, takes the user code, shows
//! what is asked for, and takes the decision.
//!
//! | request | what happens |
//! |---|---|
//! | `GET /activate` | the form for the code; a visitor who is not signed in is sent to do so |
//! | `GET /activate?user_code=...` | the code moves into a cookie, and the URL is left behind by a redirect |
//! | `POST /activate` | the code is looked up and the grant is claimed; a redirect leads to the review |
//! | `GET /activate/review/{grant}` | the review, for the browser that holds its ticket; once decided, the decision |
//! | `POST /activate/decision` | approve, deny, "this was not me", another account, or undo; a redirect leads to the result |
//! | `GET /activate/devices` | the visitor's own devices, if [`Pages::devices`] is on |
//! | `POST /activate/devices` | one of them is signed out; a redirect leads back to the list |
//! | `GET /activate/review/{grant}/approval` | the warning, step-up or refusal that an approval met, or the choice that it lacked |
//!
//! (`/activate` stands for the path of the configured verification URI. `{grant}` is a
//! [`GrantId`](crate::code::GrantId), which is no secret.)
//!
//! # What the pages hold to
//!
//! - A GET never looks a code up, claims or decides. A `HEAD` is a GET without a body.
//! - A post is answered by a redirect to one of these pages, or by a page that goes on to the host's login with a
//!   `Refresh` header; so reloading and going back send no form again. No post is ever redirected to the host:
//!   Chromium stops a redirect that leaves the origin after a form. Short-lived cookies carry the rest: one the code
//!   and what came of it, one for each review its ticket and code, for the path of that review alone.
//! - Posts from other sites are refused: `Sec-Fetch-Site` has to be `same-origin` or `none` where it is sent, and
//!   `Origin` has to be that of the verification URI. All browsers since 2023 send the former to https and
//!   loopback hosts; these pages' `Referrer-Policy` makes them send `Origin: null`, which is refused without the
//!   former. A post with neither header comes from no browser; its code is treated like one from a link, so that
//!   the visitor is asked to compare it. A decision needs the review's ticket in any case. The list of devices has no
//!   ticket, so it refuses a post with neither header.
//! - The parts that a visitor leaves out, and their choices, come as places in the offer, with a digest of the offer. They are
//!   checked against the offer at the decision: what was not offered is refused and decides nothing. The same cookies carry
//!   them through a warning and a sign-in, so that nobody has to choose again.
//! - The code of a link is never in a URL or title after the first redirect; it waits in a short-lived cookie
//!   that scripts and other sites do not get, and that only fills the form in.
//! - Every text that comes from a client, a device or a visitor is escaped, bounded and isolated from the
//!   direction of the text around it.
//! - Every answer has a content security policy without `unsafe-inline`, may not be framed, cached or sniffed,
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
