//! A server with four clients, and what its tests send and expect.
#![cfg(feature = "memory")]

mod body;
#[cfg(feature = "tower")]
mod client_ip;
mod clients;
mod cors;
mod device_authorization;
#[cfg(feature = "dpop")]
mod dpop;
mod errors;
mod field;
#[cfg(feature = "tower")]
mod layer;
mod metadata;
#[cfg(feature = "tower")]
mod mounting;
mod properties;
#[cfg(feature = "dpop")]
mod prover;
mod registry;
mod revocation;
mod routes;
mod token;
mod waiting;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, header, request};
use serde_json::Value;

use super::{ClientDirectory, ClientRegistry, Endpoint, Endpoints, RequestFacts, Route, Routed};
use crate::device_grants::{Approval, Builder, DeviceGrants};
use crate::grant::{Arrival, Timestamp};
use crate::host::{
    Client, Clock, Event, Observer, Redemption, Severity, Terms, TokenIssuer, Visitor, issuer_fn,
};
use crate::message::TokenResponse;

const FORM: &str = "application/x-www-form-urlencoded";
const GRANT_TYPE: &str = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code";
const BOX_BASIC: &str = "Basic Ym94OmJveC1zZWNyZXQ=";

struct Server {
    grants: DeviceGrants,
    endpoints: Endpoints,
    now: Arc<ManualClock>,
    events: Arc<Events>,
}

impl Server {
    fn new() -> Self {
        Self::with(registry())
    }

    fn with(clients: impl ClientDirectory + 'static) -> Self {
        Self::built(clients, |builder| builder)
    }

    fn built(
        clients: impl ClientDirectory + 'static,
        configure: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        let issuer = issuer_fn(|redemption: Redemption| async move {
            let scope = redemption.access.scope.clone();
            Ok(TokenResponse::bearer("the-token", Duration::from_secs(3600)).with_scope(scope))
        });
        Self::of(clients, issuer, configure)
    }

    fn of(
        clients: impl ClientDirectory + 'static,
        issuer: impl TokenIssuer + 'static,
        configure: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        let now = Arc::new(ManualClock(AtomicI64::new(1_800_000_000_000_000)));
        let events = Arc::new(Events::default());
        let builder = DeviceGrants::builder("https://id.example", issuer)
            .verification_uri("https://id.example/activate")
            .in_memory()
            .clock(Arc::clone(&now))
            .observer(Arc::clone(&events));
        let grants = configure(builder).build().unwrap();
        let endpoints =
            Endpoints::new(grants.clone(), clients).paths(Endpoint::Revocation, ["/revoke"]);
        Self {
            grants,
            endpoints,
            now,
            events,
        }
    }

    fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_micros()).unwrap();
        self.now.0.fetch_add(by, Ordering::Relaxed);
    }

    #[cfg(feature = "dpop")]
    fn set_back(&self, by: Duration) {
        let by = i64::try_from(by.as_micros()).unwrap();
        self.now.0.fetch_sub(by, Ordering::Relaxed);
    }

    #[cfg(feature = "dpop")]
    fn seconds(&self) -> i64 {
        self.now.0.load(Ordering::Relaxed) / 1_000_000
    }

    async fn authorize(&self, body: &str) -> Response<Bytes> {
        self.endpoints.device_authorization(form(body)).await
    }

    /// Obtains codes for `tv`: the device code and the user code.
    async fn codes(&self, body: &str) -> (String, String) {
        let response = self.authorize(body).await;
        assert_eq!(response.status(), 200, "{response:?}");
        let json = json(&response);
        let text = |name: &str| json[name].as_str().unwrap().to_owned();
        (text("device_code"), text("user_code"))
    }

    async fn poll(&self, request: Request<Bytes>) -> Response<Bytes> {
        answered(self.endpoints.token(request).await)
    }

    async fn poll_as_tv(&self, device_code: &str) -> Response<Bytes> {
        let body = format!("{GRANT_TYPE}&device_code={device_code}&client_id=tv");
        self.poll(form(&body)).await
    }

    async fn approve(&self, user_code: &str) {
        let visitor = Visitor::new("alice").with_session("s1");
        let review = self.grants.review(user_code, Arrival::Typed, &visitor);
        let ticket = review.await.unwrap().ticket;
        let approval = self.grants.approve(&ticket, &visitor, Approval::all());
        approval.await.unwrap();
    }

    fn events(&self) -> Vec<&'static str> {
        let events = self.events.0.lock().unwrap();
        events.iter().map(|event| event.kind.name()).collect()
    }
}

fn registry() -> ClientRegistry {
    let terms = || {
        Terms::new("openid profile offline_access".parse().unwrap())
            .resources(["https://a.example", "https://b.example"])
            .authorization_details_types(["files"])
    };
    ClientRegistry::new()
        .public(Client::new("tv").device_grant(terms()))
        .public(Client::new("cli").device_grant(terms().verification_uri_complete(true)))
        .confidential(Client::new("box").device_grant(terms()), "box-secret")
        .public(Client::new("web"))
}

fn post() -> request::Builder {
    Request::post("/").header(header::CONTENT_TYPE, FORM)
}

fn form(body: &str) -> Request<Bytes> {
    post()
        .body(Bytes::copy_from_slice(body.as_bytes()))
        .unwrap()
}

fn basic(credentials: &str, body: &str) -> Request<Bytes> {
    let mut request = form(body);
    let credentials = credentials.parse().unwrap();
    request
        .headers_mut()
        .insert(header::AUTHORIZATION, credentials);
    request
}

/// A request of which the host knows something.
fn with(know: impl FnOnce(&mut RequestFacts), body: &str) -> Request<Bytes> {
    let mut request = form(body);
    know(RequestFacts::of(request.extensions_mut()));
    request
}

/// A route, as a server asks it.
trait Asked: Clone + Route {
    fn matches(&self, parts: &request::Parts) -> bool {
        Self::claim(&Arc::new(self.clone()), parts).is_some()
    }

    async fn ask(&self, request: Request<Bytes>) -> Routed {
        let (parts, body) = request.into_parts();
        let answering = Self::claim(&Arc::new(self.clone()), &parts);
        let request = Request::from_parts(parts, body);
        match answering {
            Some(answering) => answering(request).await,
            None => Routed::NotOurs(request),
        }
    }
}

impl<R: Clone + Route> Asked for R {}

fn answered(answer: Routed) -> Response<Bytes> {
    match answer {
        Routed::Answered(response) => response,
        Routed::NotOurs(request) => panic!("not answered: {request:?}"),
    }
}

fn given_back(answer: Routed) -> Request<Bytes> {
    match answer {
        Routed::Answered(response) => panic!("answered: {response:?}"),
        Routed::NotOurs(request) => request,
    }
}

fn json(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

/// Status and error code.
fn error(response: &Response<Bytes>) -> (u16, String) {
    let json = json(response);
    (
        response.status().as_u16(),
        json["error"].as_str().unwrap().to_owned(),
    )
}

/// A device code that is well-formed, and nobody's.
fn unknown_code() -> String {
    format!("{}q", "a".repeat(51))
}

struct ManualClock(AtomicI64);

impl Clock for Arc<ManualClock> {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed))
    }
}

#[derive(Default)]
struct Events(Mutex<Vec<Event>>);

impl Observer for Arc<Events> {
    fn observe(&self, event: &Event) {
        if event.severity() > Severity::Debug {
            self.0.lock().unwrap().push(event.clone());
        }
    }
}
