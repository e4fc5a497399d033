use bytes::Bytes;
use http::{HeaderMap, Request, Response};

use super::Language;
use super::code_cookie::CarriedCode;
use super::form::{self, field};
use super::pages::Pages;
use super::paths::Place;
use super::provenance::Provenance;
use super::respond;
use super::view::{Entry, Mistake, Notice, ReviewView, View};
use crate::device_grants::{Review, ReviewError};
use crate::grant::Arrival;
use crate::host::Visitor;
use crate::http::SignIn;
use crate::message::SignInParameters;

impl Pages {
    /// A GET of the form: it fills the form in and does nothing else.
    pub(super) async fn show_form(&self, request: Request<Bytes>, place: Place) -> Response<Bytes> {
        let (parts, _) = request.into_parts();
        let query = Query::parse(parts.uri.query().unwrap_or_default());
        if query.user_code.is_some() || place == Place::Slashed {
            return self.leave_url_behind(&query);
        }
        let language = Self::language(&parts.headers, query.ui_locales.as_deref());
        match self.visitor(&parts).await {
            SignIn::As(_) => self.form(&parts.headers, language),
            SignIn::Redirect(uri) => self.redirect(&uri.to_string()),
            SignIn::Unavailable(_) => self.notice(Notice::Unavailable, language),
        }
    }

    /// Moves the code of a link from the URL into a cookie, before anybody is asked who the visitor is: the host's
    /// login would otherwise get the code in the URL that it is to come back to.
    fn leave_url_behind(&self, query: &Query) -> Response<Bytes> {
        let to = self.paths.entry_with(Some(&query.rest));
        let mut response = self.redirect(&to);
        if let Some(code) = &query.user_code {
            let cookie = match CarriedCode::new(code, Arrival::Link) {
                Some(carried) => carried.set_cookie(&self.paths),
                None => CarriedCode::forget(&self.paths),
            };
            respond::set_cookie(&mut response, cookie);
        }
        response
    }

    fn form(&self, headers: &HeaderMap, language: Language) -> Response<Bytes> {
        let carried = CarriedCode::of(headers, &self.paths);
        let (code, arrival) = match &carried {
            Some(carried) => (carried.code(), carried.arrival()),
            None => ("", Arrival::Typed),
        };
        self.show(&View::Entry(self.entry(code, arrival, None)), language)
    }

    fn entry<'a>(&self, code: &'a str, arrival: Arrival, mistake: Option<Mistake>) -> Entry<'a> {
        Entry {
            code,
            arrival,
            mistake,
            hints: self.grants.user_code_format().hints(),
        }
    }

    /// A POST of the form: the code is looked up, and the grant claimed for the visitor.
    pub(super) async fn take_code(&self, request: Request<Bytes>) -> Response<Bytes> {
        let provenance = Provenance::of(request.headers(), self.paths.origin());
        if provenance == Provenance::Foreign {
            return self.notice(Notice::CrossSite, Self::language(request.headers(), None));
        }
        let Some(form) = form::read(&request) else {
            return self.notice(Notice::BadForm, Self::language(request.headers(), None));
        };
        let wish = Wish {
            page: Self::language(request.headers(), Some(field(&form, "ui_locales"))),
            browser: Self::language(request.headers(), None),
        };
        let language = wish.page;
        let code = field(&form, "user_code");
        // What a program or a stripped request brings may have been filled in by anybody.
        let arrival = if provenance == Provenance::Untold || field(&form, "via") == "link" {
            Arrival::Link
        } else {
            Arrival::Typed
        };
        let (parts, _) = request.into_parts();
        match self.visitor(&parts).await {
            SignIn::As(visitor) => self.review(code, arrival, &visitor, wish).await,
            SignIn::Redirect(uri) => {
                let mut response = self.lead_to(&uri, language);
                let carried = CarriedCode::new(code, arrival);
                let cookie = carried.and_then(|carried| carried.set_cookie(&self.paths));
                respond::set_cookie(&mut response, cookie);
                response
            }
            SignIn::Unavailable(_) => self.notice(Notice::Unavailable, language),
        }
    }

    async fn review(
        &self,
        code: &str,
        arrival: Arrival,
        visitor: &Visitor,
        wish: Wish,
    ) -> Response<Bytes> {
        let language = wish.page;
        if code.trim().is_empty() {
            return self.again("", arrival, Mistake::Empty, language);
        }
        match self.grants.review(code, arrival, visitor).await {
            Ok(review) => self.show_review(&review, visitor, wish).await,
            Err(ReviewError::Mistyped(error)) => {
                self.again(code, arrival, Mistake::Mistyped(error), language)
            }
            Err(ReviewError::Unknown) => self.again(code, arrival, Mistake::Unknown, language),
            Err(ReviewError::TooManyAttempts { retry_after }) => {
                self.notice(Notice::TooManyAttempts(retry_after), language)
            }
            Err(ReviewError::Fault(fault)) => self.fault(&fault, language),
        }
    }

    /// The form once more, with what was entered, so that a typing error is mended and not repeated.
    fn again(
        &self,
        code: &str,
        arrival: Arrival,
        mistake: Mistake,
        language: Language,
    ) -> Response<Bytes> {
        let kept = CarriedCode::new(code, arrival);
        let code = kept.as_ref().map_or("", CarriedCode::code);
        let entry = self.entry(code, arrival, Some(mistake));
        let mut response = self.show(&View::Entry(entry), language);
        respond::set_cookie(&mut response, CarriedCode::forget(&self.paths));
        response
    }

    async fn show_review(&self, review: &Review, visitor: &Visitor, wish: Wish) -> Response<Bytes> {
        let language = wish.before(review.sign_in());
        let presentation = self.present(review, visitor, language).await;
        let view = ReviewView {
            review,
            visitor,
            presentation: &presentation,
            caution_in: (language != wish.page).then_some(wish.page),
        };
        let mut response = self.show(&View::Review(view), language);
        respond::set_cookie(&mut response, CarriedCode::forget(&self.paths));
        response
    }
}

/// Which languages a visitor wants.
#[derive(Clone, Copy)]
struct Wish {
    /// That of the page that they come from.
    page: Language,
    /// That of their browser.
    browser: Language,
}

impl Wish {
    /// The language of the review: the device's, unless the page's address had chosen another one than the browser's.
    fn before(self, device: &SignInParameters) -> Language {
        let tags = device.preferred_locales().iter().map(String::as_str);
        match Language::first_of(tags) {
            Some(asked) if self.page == self.browser => asked,
            Some(_) | None => self.page,
        }
    }
}

/// The parts of a URL's query that concern the pages.
struct Query {
    user_code: Option<String>,
    ui_locales: Option<String>,
    /// Everything but the code.
    rest: String,
}

impl Query {
    fn parse(query: &str) -> Self {
        let mut parsed = Self {
            user_code: None,
            ui_locales: None,
            rest: String::new(),
        };
        let mut rest = form_urlencoded::Serializer::new(String::new());
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if name == "user_code" {
                parsed.user_code = Some(value.into_owned());
                continue;
            }
            rest.append_pair(&name, &value);
            if name == "ui_locales" {
                parsed.ui_locales = Some(value.into_owned());
            }
        }
        parsed.rest = rest.finish();
        parsed
    }
}
