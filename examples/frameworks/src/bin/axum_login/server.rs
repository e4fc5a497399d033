//! The app as it was before: users, a login, and tokens that open an account.

use std::convert::Infallible;

use axum::Router;
use axum::extract::{Form, State};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_login::{AuthUser, AuthnBackend};
use frameworks::is_cross_site;
use serde::Deserialize;

use crate::tokens::Tokens;

pub(crate) type AuthSession = axum_login::AuthSession<Users>;

/// Everybody: whoever it is, the password is the name.
#[derive(Clone)]
pub(crate) struct Users;

#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) name: String,
}

#[derive(Deserialize)]
pub(crate) struct Credentials {
    username: String,
    password: String,
}

impl AuthUser for User {
    type Id = String;

    fn id(&self) -> String {
        self.name.clone()
    }

    fn session_auth_hash(&self) -> &[u8] {
        self.name.as_bytes()
    }
}

impl AuthnBackend for Users {
    type User = User;
    type Credentials = Credentials;
    type Error = Infallible;

    async fn authenticate(&self, presented: Credentials) -> Result<Option<User>, Infallible> {
        let is_right = presented.username == presented.password;
        Ok(is_right.then_some(User {
            name: presented.username,
        }))
    }

    async fn get_user(&self, name: &String) -> Result<Option<User>, Infallible> {
        Ok(Some(User { name: name.clone() }))
    }
}

pub(crate) fn app(tokens: Tokens) -> Router {
    Router::new()
        .route("/login", get(login_page).post(log_in))
        .route("/logout", post(log_out))
        .route("/token", post(|| async { StatusCode::BAD_REQUEST }))
        .route("/userinfo", get(user_info))
        .with_state(tokens)
}

async fn login_page() -> Html<&'static str> {
    Html(
        "<!doctype html><title>Sign in</title><form method=post>\
         <label>User name <input name=username required></label>\
         <label>Password <input name=password type=password required></label>\
         <button>Sign in</button></form>",
    )
}

async fn log_in(
    mut session: AuthSession,
    headers: HeaderMap,
    Form(presented): Form<Credentials>,
) -> Response {
    let site = headers.get("sec-fetch-site");
    if is_cross_site(site.map(HeaderValue::as_bytes)) {
        return StatusCode::FORBIDDEN.into_response();
    }
    match session.authenticate(presented).await {
        Ok(Some(user)) if session.login(&user).await.is_ok() => {
            Redirect::to("/activate").into_response()
        }
        Ok(None) => StatusCode::UNAUTHORIZED.into_response(),
        Ok(Some(_)) | Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

async fn log_out(mut session: AuthSession) -> Response {
    match session.logout().await {
        Ok(_) => Redirect::to("/login").into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

async fn user_info(State(tokens): State<Tokens>, request: Parts) -> Result<String, StatusCode> {
    let header = request.headers.get(AUTHORIZATION);
    let token = header.and_then(|header| header.to_str().ok()?.strip_prefix("Bearer "));
    let user = tokens.user(token.unwrap_or_default()).await;
    let user = user.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    user.ok_or(StatusCode::UNAUTHORIZED)
}
