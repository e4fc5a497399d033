//! The login page that the server has anyway.

use axum::extract::{Form, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, ORIGIN, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::credentials::failure;
use crate::server::Server;

#[derive(Deserialize)]
pub(crate) struct Login {
    username: String,
    password: String,
}

/// `GET /login`
pub(crate) async fn form() -> Response {
    page("")
}

/// `POST /login`. A server on the Internet also limits how often one may guess.
pub(crate) async fn submit(
    State(server): State<Server>,
    headers: HeaderMap,
    Form(login): Form<Login>,
) -> Response {
    let site = headers.get("sec-fetch-site");
    let is_foreign = match (site, headers.get(ORIGIN)) {
        (Some(site), _) => site != "same-origin" && site != "none",
        (None, Some(origin)) => origin != server.url.as_str(),
        (None, None) => false,
    };
    if is_foreign {
        // Another site could sign a visitor in as an attacker, to whose account the visitor then connects a device.
        return StatusCode::FORBIDDEN.into_response();
    }
    match server.users.knows(&login.username, &login.password).await {
        Ok(true) => {}
        Ok(false) => {
            let page = page("<p role=alert>Wrong user name or password.</p>");
            return (StatusCode::UNAUTHORIZED, page).into_response();
        }
        Err(error) => return failure(&error),
    }
    match server.sessions.begin(&login.username, &headers).await {
        Ok(cookie) => ([(SET_COOKIE, cookie)], Redirect::to("/activate")).into_response(),
        Err(error) => failure(&error),
    }
}

fn page(message: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>\
         <title>Sign in</title><h1>Sign in</h1>{message}<form method=post action=/login>\
         <p><label>User name <input name=username autocomplete=username required></label>\
         <p><label>Password <input name=password type=password autocomplete=current-password required></label>\
         <p><button>Sign in</button></form></html>"
    );
    let headers = [
        (CACHE_CONTROL, "no-store"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
        ),
    ];
    (headers, Html(html)).into_response()
}
