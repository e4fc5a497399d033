//! The login page that the server has anyway.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use axum::extract::{Form, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Redirect, Response};
use device_grant::Approval;
use device_grant::host::Visitor;
use device_grant::http::{SignIn, VisitorSource};
use serde::Deserialize;

use super::accounts::{Accounts, Session};
use super::place::Place;

const COOKIE_NAME: &str = "session";
/// How long a sign-in lasts.
const SESSION_LIFETIME: Duration = Duration::from_secs(3_600);
/// In the colours of the verification page, light and dark.
const STYLE: &str = "<style>:root{color-scheme:light dark}\
    body{font:1.1rem/1.5 system-ui,sans-serif;max-width:22rem;margin:15vh auto;padding:0 1rem}\
    label,input,button{display:block;width:100%;box-sizing:border-box;font:inherit}\
    input,button{margin:.3rem 0 1rem;padding:.7rem;border-radius:.5rem}\
    input{border:1px solid light-dark(#6b7076,#8f959d)}\
    button{border:0;font-weight:600;color:#fff;background:#0b5d8c;cursor:pointer}\
    :focus-visible{outline:3px solid light-dark(#0b5d8c,#8cc8ee);outline-offset:2px}</style>";

/// `GET /login`
pub(crate) async fn form(State(accounts): State<Accounts>, headers: HeaderMap) -> Response {
    if let Some(session) = session(&accounts, &headers) {
        // Who comes here signed in wants another account.
        accounts.sign_out(&session.id);
    }
    page(&accounts.place, "")
}

#[derive(Deserialize)]
pub(crate) struct Credentials {
    username: String,
    password: String,
}

/// `POST /login`
pub(crate) async fn submit(
    State(accounts): State<Accounts>,
    headers: HeaderMap,
    Form(credentials): Form<Credentials>,
) -> Response {
    let site = headers.get("sec-fetch-site");
    if site.is_some_and(|site| site != "same-origin" && site != "none") {
        // Else another site could sign a visitor in as somebody else, who then gets the visitor's device.
        return StatusCode::FORBIDDEN.into_response();
    }
    let Some(session) = accounts.sign_in(&credentials.username, &credentials.password, now())
    else {
        let mut refused = page(
            &accounts.place,
            "<p role=alert>Wrong user name or password.</p>",
        );
        *refused.status_mut() = StatusCode::UNAUTHORIZED;
        return refused;
    };
    let attributes = accounts.place.cookie_attributes();
    let cookie = format!("{COOKIE_NAME}={}; {attributes}", session.id);
    let pages = Redirect::to(&accounts.place.path("/activate"));
    ([(SET_COOKIE, cookie)], pages).into_response()
}

fn page(place: &Place, message: &str) -> Response {
    let action = place.path("/login");
    let html = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>\
         <title>Sign in</title>{STYLE}<main><h1>Sign in</h1>{message}\
         <form method=post action=\"{action}\"><label for=username>User name</label>\
         <input id=username name=username autocomplete=username autocapitalize=none required>\
         <label for=password>Password</label>\
         <input id=password name=password type=password autocomplete=current-password required>\
         <button>Sign in</button></form><p>Try <b>alice</b> or <b>bob</b>; the password is the name.</p></main></html>"
    );
    let headers = [
        (CACHE_CONTROL, "no-store"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
        ),
    ];
    (headers, Html(html)).into_response()
}

/// The session that the request's cookie names.
fn session(accounts: &Accounts, headers: &HeaderMap) -> Option<Session> {
    let cookies = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let id = cookies
        .flat_map(|cookies| cookies.split(';'))
        .find_map(|cookie| cookie.trim().strip_prefix(COOKIE_NAME)?.strip_prefix('='))?;
    let session = accounts.session(id)?;
    let age = now().duration_since(session.since).unwrap_or_default();
    (age < SESSION_LIFETIME).then_some(session)
}

/// What an approval in this session says of the sign-in.
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
            None => login_at(&self.place),
        }
    }
}

fn login_at(place: &Place) -> SignIn {
    match place.path("/login").parse::<Uri>() {
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
