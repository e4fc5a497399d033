//! Adds the device authorization grant to an axum app that already exists, in memory.
//!
//! `cargo run --example axum --features page,tower`, then open the page that it names.

#![expect(clippy::print_stdout, reason = "a program speaks to its terminal")]

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use axum::serve::Listener;
use device_grant::DeviceGrants;
use device_grant::host::{Client, Redemption, Terms, Visitor, issuer_fn};
use device_grant::http::{
    ClientIpSource, ClientRegistry, DeviceGrantLayer, Endpoints, SignIn, visitor_fn,
};
use device_grant::message::TokenResponse;
use device_grant::page::Pages;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;
use tower::ServiceExt;

const URL: &str = "http://127.0.0.1:8629";

/// The longest time that the head of a request may take, and then its body again.
const TIMEOUT: Duration = Duration::from_secs(10);

// What the host adds.
fn with_device_grant(app: Router) -> Result<Router, Box<dyn Error>> {
    let issuer = issuer_fn(|grant: Redemption| async move {
        let token = sign_token(grant.subject().as_str(), grant.access.scope.as_str());
        Ok(TokenResponse::bearer(token, Duration::from_secs(3600)))
    });
    let grants = DeviceGrants::builder(URL, issuer)
        .verification_uri(format!("{URL}/activate"))
        .in_memory()
        .build()?;
    let tv = Client::new("tv").device_grant(Terms::new("openid profile".parse()?));
    let endpoints = Endpoints::new(grants.clone(), ClientRegistry::new().public(tv));
    let visitors = visitor_fn(|request: Parts| async move {
        match signed_in(&request.headers) {
            Some((user, session)) => SignIn::As(Visitor::new(user).with_session(&session)),
            None => SignIn::Redirect(Uri::from_static("/login")),
        }
    });
    let pages = Pages::new(grants, visitors).application("tv", "Example TV");
    let layer = DeviceGrantLayer::new(endpoints, ClientIpSource::peer::<ConnectInfo<SocketAddr>>());
    Ok(app.layer(layer.and(pages).body_deadline(|| sleep(TIMEOUT))))
}

// What the host had before: a token service, sessions, a login.

fn sign_token(user: &str, scope: &str) -> String {
    format!("a-token-of-{user}-for-{}", scope.replace(' ', "-"))
}

fn signed_in(headers: &HeaderMap) -> Option<(String, String)> {
    let cookies = String::from_utf8_lossy(headers.get(COOKIE)?.as_bytes());
    let session = cookies
        .split("; ")
        .find_map(|cookie| cookie.strip_prefix("session="))?;
    Some(("alice".to_owned(), session.to_owned()))
}

async fn login() -> impl IntoResponse {
    // A real login asks who it is, and draws the session at random.
    (
        [(SET_COOKIE, "session=1; HttpOnly; SameSite=Lax")],
        Redirect::to("/activate"),
    )
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let app = Router::new().route("/login", get(login)).route(
        "/token",
        post(|| async { "the app's own answer to its other grants" }),
    );
    let app = with_device_grant(app)?;
    let mut listener = TcpListener::bind("127.0.0.1:8629").await?;
    println!(
        "curl -d client_id=tv -d scope=openid {URL}/device_authorization, then open {URL}/activate"
    );
    loop {
        let (stream, peer) = Listener::accept(&mut listener).await;
        tokio::spawn(serve(stream, peer, app.clone()));
    }
}

/// `axum::serve` would do, too, with `into_make_service_with_connect_info`, behind a proxy that bounds how long the
/// head of a request may take.
async fn serve(stream: TcpStream, peer: SocketAddr, app: Router) {
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        app.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(TIMEOUT)
        .serve_connection(TokioIo::new(stream), service);
    // A connection that breaks is its client's affair.
    _ = connection.await;
}
