//! The login page that the server has anyway, in the style and the languages of the verification pages.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use axum::extract::{Form, Query, State};
use axum::http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_SECURITY_POLICY, COOKIE, SET_COOKIE,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Redirect, Response};
use device_grant::Approval;
use device_grant::host::Visitor;
use device_grant::http::{SignIn, VisitorSource};
use device_grant::page::Language;
use serde::Deserialize;

use super::accounts::{Accounts, Session};
use super::login_texts::Texts;
use super::place::Place;

const COOKIE_NAME: &str = "session";
/// The lifetime of a session.
const SESSION_LIFETIME: Duration = Duration::from_secs(3_600);
/// That of the verification pages. A host of its own copies it.
const STYLE: &str = include_str!("../../src/page/style.css");

/// The page that a visitor goes on to.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Next {
    #[default]
    Activate,
    Devices,
}

impl Next {
    /// The page that asked for a sign-in.
    fn of(path: &str) -> Self {
        if path.ends_with("/devices") {
            Self::Devices
        } else {
            Self::Activate
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Activate => "activate",
            Self::Devices => "devices",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Activate => "/activate",
            Self::Devices => "/activate/devices",
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    // A name, and not an address: an open redirect would serve a phisher.
    next: Next,
}

/// `GET /login`
pub(crate) async fn form(
    State(accounts): State<Accounts>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    if let Some(session) = session(&accounts, &headers) {
        // A visitor who is signed in comes here to use another account, or to sign in again for a step-up.
        accounts.sign_out(&session.id);
    }
    page(&accounts.place, &headers, asked.next, StatusCode::OK)
}

/// `GET /devices`: the short address of the list of devices.
pub(crate) async fn devices(State(accounts): State<Accounts>) -> Redirect {
    Redirect::to(&accounts.place.path(Next::Devices.path()))
}

#[derive(Deserialize)]
pub(crate) struct Credentials {
    username: String,
    password: String,
    #[serde(default)]
    next: Next,
}

/// `POST /login`
pub(crate) async fn submit(
    State(accounts): State<Accounts>,
    headers: HeaderMap,
    Form(credentials): Form<Credentials>,
) -> Response {
    let site = headers.get("sec-fetch-site");
    if site.is_some_and(|site| site != "same-origin" && site != "none") {
        // Another site could sign a visitor in as an attacker, to whose account the visitor then connects a device.
        return StatusCode::FORBIDDEN.into_response();
    }
    let (name, next) = (&credentials.username, credentials.next);
    let Some(session) = accounts.sign_in(name, &credentials.password, now()) else {
        return page(&accounts.place, &headers, next, StatusCode::UNAUTHORIZED);
    };
    let attributes = accounts.place.cookie_attributes();
    let cookie = format!("{COOKIE_NAME}={}; {attributes}", session.id);
    let pages = Redirect::to(&accounts.place.path(next.path()));
    ([(SET_COOKIE, cookie)], pages).into_response()
}

fn page(place: &Place, headers: &HeaderMap, next: Next, status: StatusCode) -> Response {
    let accepted = headers.get(ACCEPT_LANGUAGE);
    let language = Language::wanted_by(accepted.and_then(|value| value.to_str().ok()));
    let texts = Texts::of(language);
    let (tag, action, next) = (language.tag(), place.path("/login"), next.name());
    let direction = if language.is_right_to_left() {
        "rtl"
    } else {
        "ltr"
    };
    let mistake = if status == StatusCode::UNAUTHORIZED {
        format!("<p class=mistake role=alert>{}</p>", texts.wrong)
    } else {
        String::new()
    };
    let Texts {
        sign_in,
        user_name,
        password,
        hint,
        ..
    } = texts;
    let html = format!(
        "<!doctype html><html lang={tag} dir={direction}><head><meta charset=utf-8>\
         <meta name=viewport content='width=device-width, initial-scale=1'><meta name=color-scheme content='light dark'>\
         <title>{sign_in} · Example</title><link rel=icon href='data:,'><style>{STYLE}</style></head>\
         <body><header><bdi>Example</bdi></header><main><h1>{sign_in}</h1>{mistake}\
         <form method=post action=\"{action}\"><input type=hidden name=next value={next}>\
         <label for=username>{user_name}</label>\
         <input class=text id=username name=username dir=ltr autocomplete=username autocapitalize=none required>\
         <label for=password>{password}</label>\
         <input class=text id=password name=password dir=ltr type=password autocomplete=current-password required>\
         <p class=hint>{hint}</p><button class=wide>{sign_in}</button></form></main></body></html>"
    );
    let headers = [
        (CACHE_CONTROL, "no-store"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; frame-ancestors 'none'",
        ),
    ];
    (status, headers, Html(html)).into_response()
}

/// The session that the request's cookie names.
fn session(accounts: &Accounts, headers: &HeaderMap) -> Option<Session> {
    let cookies = headers.get_all(COOKIE).iter();
    let id = cookies
        .flat_map(|cookies| cookies.as_bytes().split(|&byte| byte == b';'))
        // A cookie of another application may have any bytes.
        .filter_map(|cookie| str::from_utf8(cookie).ok())
        .find_map(|cookie| cookie.trim().strip_prefix(COOKIE_NAME)?.strip_prefix('='))?;
    let session = accounts.session(id)?;
    let age = now().duration_since(session.since).unwrap_or_default();
    (age < SESSION_LIFETIME).then_some(session)
}

/// Makes an approval that states the sign-in of this session.
pub(crate) fn approval(accounts: &Accounts, headers: &HeaderMap) -> Approval {
    match session(accounts, headers) {
        Some(session) => Approval::all().auth_time(session.since).amr(["pwd"]),
        None => Approval::all(),
    }
}

/// Tells the verification page who is there.
#[async_trait]
impl VisitorSource for Accounts {
    async fn visitor(&self, request: &Parts) -> SignIn {
        match session(self, &request.headers) {
            Some(session) => SignIn::As(Visitor::new(session.user).with_session(&session.id)),
            None => login_at(&self.place, Next::of(request.uri.path())),
        }
    }
}

fn login_at(place: &Place, next: Next) -> SignIn {
    let login = match next {
        Next::Activate => place.path("/login"),
        Next::Devices => place.path("/login?next=devices"),
    };
    match login.parse::<Uri>() {
        Ok(uri) => SignIn::Redirect(uri),
        Err(error) => SignIn::Unavailable(Box::new(error)),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "sessions are the host's, and so is their clock"
)]
fn now() -> SystemTime {
    SystemTime::now()
}
