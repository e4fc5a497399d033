use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use device_grant::DeviceGrants;
use device_grant::host::{
    Client, Entropy, PortError, Redemption, System, Terms, Visitor, issuer_fn,
};
use device_grant::http::{
    ClientIpSource, ClientRegistry, DeviceGrantLayer, Endpoints, SignIn, VisitorSource, visitor_fn,
};
use device_grant::message::TokenResponse;
use device_grant::page::Pages;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri};

/// A small server that was there before: sessions, a login, a token endpoint for other grants.
#[derive(Clone, Default)]
pub struct Host {
    /// Users by session.
    sessions: Arc<Mutex<HashMap<String, String>>>,
}

impl Host {
    /// Makes the layer that the host adds.
    ///
    /// # Errors
    ///
    /// The settings do not fit together.
    pub fn device_grant(&self, url: &str) -> Result<DeviceGrantLayer, Box<dyn Error>> {
        let issuer = issuer_fn(|grant: Redemption| async move {
            let token = format!("a-token-of-{}", grant.subject());
            Ok(TokenResponse::bearer(token, Duration::from_secs(3600)))
        });
        let grants = DeviceGrants::builder(url, issuer)
            .verification_uri(format!("{url}/activate"))
            .in_memory()
            .build()?;
        let tv = Client::new("tv").device_grant(Terms::new("openid profile".parse()?));
        let endpoints = Endpoints::new(grants.clone(), ClientRegistry::new().public(tv));
        let pages = Pages::new(grants, self.visitors()).application("tv", "Example TV");
        // Each of the servers notes the peer of its connections, as `RequestFacts::ip`.
        Ok(DeviceGrantLayer::new(endpoints, ClientIpSource::extension()).and(pages))
    }

    /// The end users who are signed in, for the verification pages.
    #[must_use]
    pub fn visitors(&self) -> impl VisitorSource + use<> {
        let host = self.clone();
        visitor_fn(move |request: Parts| {
            let sign_in = match host.signed_in(&request.headers) {
                Some((session, user)) => SignIn::As(Visitor::new(user).with_session(&session)),
                None => SignIn::Redirect(Uri::from_static("/login")),
            };
            async { sign_in }
        })
    }
}

// What the host had before.
impl Host {
    /// All of the host's own routes in one function.
    #[must_use]
    pub fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        match (request.method(), request.uri().path()) {
            (&Method::GET, "/login") => self.login_page(),
            (&Method::POST, "/login") => self.log_in(request.headers(), request.body()),
            (&Method::POST, "/token") => self.token(request.body()),
            (_, "/login" | "/token") => status(StatusCode::METHOD_NOT_ALLOWED),
            _ => status(StatusCode::NOT_FOUND),
        }
    }

    /// `GET /login`
    #[must_use]
    pub fn login_page(&self) -> Response<Bytes> {
        let html = "<!doctype html><title>Sign in</title><form method=post action=/login>\
            <label>User name <input name=username required></label>\
            <label>Password <input name=password type=password required></label>\
            <button>Sign in</button></form>";
        whole(StatusCode::OK, "text/html; charset=utf-8", html)
    }

    /// `POST /login`. Whoever it is, the password is the name.
    #[must_use]
    pub fn log_in(&self, headers: &HeaderMap, form: &[u8]) -> Response<Bytes> {
        let site = headers.get("sec-fetch-site");
        if is_cross_site(site.map(HeaderValue::as_bytes)) {
            return status(StatusCode::FORBIDDEN);
        }
        let (user, password) = (field(form, "username"), field(form, "password"));
        let (Some(user), true) = (&user, user == password) else {
            return status(StatusCode::UNAUTHORIZED);
        };
        let Ok(session) = draw() else {
            return status(StatusCode::SERVICE_UNAVAILABLE);
        };
        // Behind https it would be `Secure`, and its name would begin with `__Host-`.
        let cookie = format!("session={session}; Path=/; HttpOnly; SameSite=Lax");
        self.lock().insert(session, user.clone());
        let mut response = status(StatusCode::SEE_OTHER);
        let headers = response.headers_mut();
        headers.insert(LOCATION, HeaderValue::from_static("/activate"));
        headers.extend(HeaderValue::try_from(cookie).map(|cookie| (SET_COOKIE, cookie)));
        response
    }

    /// `POST /token`, for the grants that the server had before.
    #[must_use]
    pub fn token(&self, form: &[u8]) -> Response<Bytes> {
        let (status, json) = match field(form, "refresh_token") {
            Some(token) if field(form, "grant_type").as_deref() == Some("refresh_token") => (
                StatusCode::OK,
                serde_json::json!({ "access_token": format!("for {token}"), "token_type": "Bearer" }),
            ),
            _ => (
                StatusCode::BAD_REQUEST,
                serde_json::json!({ "error": "unsupported_grant_type" }),
            ),
        };
        whole(status, "application/json", &json.to_string())
    }

    /// Session and user of the request's cookie.
    #[must_use]
    pub fn signed_in(&self, headers: &HeaderMap) -> Option<(String, String)> {
        let cookies = headers.get_all(COOKIE).iter();
        let mut pairs = cookies
            .flat_map(|cookies| cookies.as_bytes().split(|&byte| byte == b';'))
            // A cookie of another application may have any bytes.
            .filter_map(|pair| str::from_utf8(pair).ok());
        let session = pairs.find_map(|pair| pair.trim().strip_prefix("session="))?;
        let user = self.lock().get(session)?.clone();
        Some((session.to_owned(), user))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn field(form: &[u8], name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(form);
    let (_, value) = pairs.find(|(held, _)| held == name)?;
    Some(value.into_owned())
}

/// Returns whether a browser says, by its header `Sec-Fetch-Site`, that another site sends a login. That site would sign a visitor in as
/// an attacker, to whose account the visitor then connects a device.
#[must_use]
pub fn is_cross_site(sec_fetch_site: Option<&[u8]>) -> bool {
    sec_fetch_site.is_some_and(|site| site != b"same-origin" && site != b"none")
}

/// Draws 256 random bits, as text.
///
/// # Errors
///
/// The operating system has none.
pub fn draw() -> Result<String, PortError> {
    let mut bytes = [0; 32];
    System.fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn status(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

fn whole(code: StatusCode, kind: &'static str, body: &str) -> Response<Bytes> {
    let mut response = status(code);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    *response.body_mut() = Bytes::copy_from_slice(body.as_bytes());
    response
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Host")
    }
}
