use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response};

use super::code_cookie::CarriedCode;
use super::form::{self, field};
use super::outcome::Outcome;
use super::pages::Pages;
use super::pasted::code_in;
use super::paths::{Address, ReviewPage};
use super::provenance::Provenance;
use super::query::Query;
use super::respond;
use super::review_cookie::HeldReview;
use super::view::{Entry, Mistake, Notice, View};
use super::wish::Wish;
use crate::code::GrantId;
use crate::device_grants::ReviewError;
use crate::grant::Arrival;
use crate::host::Visitor;
use crate::http::SignIn;

impl Pages {
    /// Answers a GET of the form: it pre-fills the form or shows the outcome of the last post, and does nothing else.
    pub(super) async fn show_form(
        &self,
        request: Request<Bytes>,
        address: Address,
    ) -> Response<Bytes> {
        let (parts, _) = request.into_parts();
        let query = Query::of(&parts);
        if query.user_code.is_some() || address == Address::Slashed {
            return self.leave_url_behind(&query);
        }
        let wish = Wish::of(&parts.headers, query.ui_locales.as_deref());
        let carried = CarriedCode::of(&parts.headers, &self.paths);
        let outcome = carried.as_ref().and_then(CarriedCode::outcome);
        let response = match outcome.and_then(Outcome::notice) {
            // Also without a sign-in: a post that was refused may come from nobody who can sign in.
            Some(notice) => self.notice(notice, wish.language()),
            None => self.form_or_sign_in(&parts, carried.as_ref(), wish).await,
        };
        match carried {
            // Said once: a reload shows the form, not the result of an earlier entry.
            Some(carried) if outcome.is_some() => self.carry(response, &carried.said()),
            Some(_) | None => response,
        }
    }

    async fn form_or_sign_in(
        &self,
        parts: &Parts,
        carried: Option<&CarriedCode>,
        wish: Wish<'_>,
    ) -> Response<Bytes> {
        match self.visitor(parts).await {
            SignIn::As(_) => self.form(carried, wish),
            // This GET follows a POST, and Chromium applies `form-action` to the redirects that follow one.
            SignIn::Redirect(uri) if carried.is_some_and(|it| it.outcome().is_some()) => {
                self.go_on(&uri, wish.language())
            }
            SignIn::Redirect(uri) => self.redirect(&uri.to_string()),
            SignIn::Unavailable(_) => self.notice(Notice::Unavailable, wish.language()),
        }
    }

    /// Moves the code of a link from the URL into a cookie, before anybody is asked who the visitor is: the host's
    /// login would otherwise get the code in the URL that it is to come back to.
    fn leave_url_behind(&self, query: &Query) -> Response<Bytes> {
        let mut response = self.redirect(&self.paths.entry_with(&query.rest));
        if let Some(code) = &query.user_code {
            let cookie = match CarriedCode::linked(code) {
                Some(carried) => carried.set_cookie(&self.paths),
                // An earlier code must not be filled in as if it came from this link.
                None => CarriedCode::forget(&self.paths),
            };
            respond::set_cookie(&mut response, cookie);
        }
        response
    }

    /// A GET of the short address.
    pub(super) fn lead_to_the_pages(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let own = self.paths.own_query();
        // The query comes along, because a link with a code may lead here.
        let asked = request.uri().query();
        let query: Vec<&str> = own
            .into_iter()
            .chain(asked)
            .filter(|it| !it.is_empty())
            .collect();
        // Absolute, because the short address may be on another host.
        self.redirect(&self.paths.absolute_entry_with(&query.join("&")))
    }

    fn form(&self, carried: Option<&CarriedCode>, wish: Wish<'_>) -> Response<Bytes> {
        let (code, arrival) = match carried {
            Some(carried) => (carried.code(), carried.arrival()),
            None => ("", Arrival::Typed),
        };
        let is_mistaken = carried.is_some_and(|it| it.outcome() == Some(Outcome::Mistaken));
        let entry = Entry {
            code,
            arrival,
            mistake: is_mistaken.then(|| self.mistake(code)),
            hints: self.grants.user_code_format().hints(),
        };
        self.show(&View::Entry(entry), wish.language())
    }

    /// The fault of a code that was no good. What reads like a code was looked up, and was not there.
    fn mistake(&self, code: &str) -> Mistake {
        match self.grants.check_user_code(code) {
            // First, because an empty text is also a code of the wrong length.
            _ if code.is_empty() => Mistake::Empty,
            Ok(()) => Mistake::Unknown,
            Err(error) => Mistake::Mistyped(error),
        }
    }

    /// A POST of the form: the code is looked up, and the grant claimed for the visitor.
    pub(super) async fn take_code(&self, request: Request<Bytes>) -> Response<Bytes> {
        let provenance = Provenance::of(request.headers(), self.paths.origin());
        if provenance == Provenance::Foreign {
            return self.refuse_post(Outcome::CrossSite);
        }
        let Some(form) = form::read(&request) else {
            return self.refuse_post(Outcome::BadForm);
        };
        // Without headers of a browser, anybody may have filled the form in: the review asks to compare the code.
        let arrival = if provenance == Provenance::Untold || field(&form, "via") == "link" {
            Arrival::Link
        } else {
            Arrival::Typed
        };
        let (parts, _) = request.into_parts();
        let wish = Wish::of(&parts.headers, Some(field(&form, "ui_locales")));
        let code = code_in(field(&form, "user_code"), |text| {
            self.grants.check_user_code(text).is_ok()
        });
        // The form for the code has no choices. Those that were made before a sign-in are in the cookie.
        let selection = CarriedCode::of(&parts.headers, &self.paths)
            .and_then(|carried| carried.selection_for(code));
        let carried = CarriedCode::new(code, arrival).with(selection);
        match self.visitor(&parts).await {
            SignIn::As(visitor) => self.review(code, carried, &visitor, wish).await,
            SignIn::Redirect(uri) => self.carry(self.go_on(&uri, wish.language()), &carried),
            SignIn::Unavailable(_) => self.to_form(carried.after(Outcome::Unavailable), wish),
        }
    }

    async fn review(
        &self,
        code: &str,
        carried: CarriedCode,
        visitor: &Visitor,
        wish: Wish<'_>,
    ) -> Response<Bytes> {
        let arrival = carried.arrival();
        let reviewed = self.grants.review(code, arrival, visitor).await;
        let outcome = match reviewed {
            Ok(review) => {
                let code = review.user_code();
                let held = HeldReview::new(review.ticket, &code, review.arrival)
                    .with(carried.selection_for(&code));
                let grant = review.grant.id;
                let mut response = self.to_review(grant, ReviewPage::Request, wish);
                respond::set_cookie(&mut response, held.set_cookie(&self.paths));
                // The review has its own cookie. This one would fill in the form for the next device.
                respond::set_cookie(&mut response, CarriedCode::forget(&self.paths));
                return response;
            }
            // One outcome for both: the form reads the code again, without a look-up, and shows which of the two it is.
            Err(ReviewError::Mistyped(_) | ReviewError::Unknown) => Outcome::Mistaken,
            Err(ReviewError::TooManyAttempts { retry_after }) => {
                Outcome::TooManyAttempts(retry_after)
            }
            Err(ReviewError::Fault(fault)) => Self::fault_outcome(&fault),
        };
        self.to_form(carried.after(outcome), wish)
    }

    /// Redirects to the form, which shows the outcome of a post. The browser can reload that page and come back to it. A page that
    /// answers a post would make the browser offer to send the form again.
    pub(super) fn to_form(&self, carried: CarriedCode, wish: Wish<'_>) -> Response<Bytes> {
        let language = wish.to_name(wish.language());
        let response = self.redirect(&self.paths.entry_in(language));
        self.carry(response, &carried)
    }

    /// Answers a post of which nothing is believed.
    pub(super) fn refuse_post(&self, outcome: Outcome) -> Response<Bytes> {
        let carried = CarriedCode::new("", Arrival::Link).after(outcome);
        self.carry(self.redirect(&self.paths.entry()), &carried)
    }

    /// Leads to the page of a review.
    pub(super) fn to_review(
        &self,
        grant: GrantId,
        page: ReviewPage,
        wish: Wish<'_>,
    ) -> Response<Bytes> {
        let language = wish.to_name(wish.language());
        self.redirect(&self.paths.review(grant, page, language))
    }

    /// Lets a code wait in the cookie, so that nobody has to type it again after a sign-in.
    pub(super) fn carry(
        &self,
        mut response: Response<Bytes>,
        code: &CarriedCode,
    ) -> Response<Bytes> {
        respond::set_cookie(&mut response, code.set_cookie(&self.paths));
        response
    }
}
