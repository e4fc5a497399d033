//! The endpoints and the pages behind the tower layer, in front of a server that answers nothing.

use std::future::{Ready, ready as at_once};
use std::net::Ipv4Addr;
use std::task::{Context, Poll};

use bytes::Bytes;
use device_grant::http::{
    ClientIpSource, ClientRegistry, DeviceGrantLayer, DeviceGrantService, Endpoints, RequestFacts,
    SignIn, visitor_fn,
};
use device_grant::page::Pages;
use http::request::Parts;
use http::{Request, Response, StatusCode, header};
use http_body_util::Full;
use tower_layer::Layer;
use tower_service::Service;

use crate::ready::ready;
use crate::server::{SCOPE, Server, USER_AGENT, visitor};

const FORM: &str = "application/x-www-form-urlencoded";

pub(crate) struct Layered(DeviceGrantService<Nothing>);

impl Layered {
    pub(crate) fn new(server: &Server) -> Self {
        let clients = ClientRegistry::new().public(server.client.clone());
        let endpoints = Endpoints::new(server.grants.clone(), clients);
        let visitors = visitor_fn(|_: Parts| async { SignIn::As(visitor()) });
        let pages = Pages::new(server.grants.clone(), visitors)
            .host_name("Example")
            .application("tv", "Example TV");
        let layer = DeviceGrantLayer::new(endpoints, ClientIpSource::extension()).and(pages);
        Self(layer.layer(Nothing))
    }

    pub(crate) fn send(&mut self, request: Request<Full<Bytes>>) -> Response<Full<Bytes>> {
        let response = ready(self.0.call(request));
        response.expect("the layer answers")
    }

    pub(crate) fn authorization(&self) -> Request<Full<Bytes>> {
        let scope = SCOPE.replace(' ', "+");
        post(
            "/device_authorization",
            format!("client_id=tv&scope={scope}"),
        )
    }

    pub(crate) fn poll(&self, device_code: &str) -> Request<Full<Bytes>> {
        let grant_type = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code";
        let form = format!("grant_type={grant_type}&device_code={device_code}&client_id=tv");
        post("/token", form)
    }

    /// Enters a user code, and returns the request for the review page behind it.
    pub(crate) fn review_page(&mut self, user_code: &str) -> Request<Full<Bytes>> {
        let mut entry = post("/activate", format!("user_code={user_code}"));
        let own = "same-origin".parse().expect("a value");
        entry.headers_mut().insert("sec-fetch-site", own);
        let redirect = self.send(entry);
        assert_eq!(redirect.status(), StatusCode::SEE_OTHER);
        let mut page = Request::new(Full::default());
        let location = redirect.headers()[header::LOCATION].to_str();
        *page.uri_mut() = location.expect("a path").parse().expect("a path");
        let cookie = redirect.headers()[header::SET_COOKIE].clone();
        page.headers_mut().insert(header::COOKIE, cookie);
        known(page)
    }
}

fn post(path: &str, form: String) -> Request<Full<Bytes>> {
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, FORM)
        .header(header::USER_AGENT, USER_AGENT)
        .header(header::ACCEPT, "application/json")
        .header(header::HOST, "id.example");
    known(request.body(Full::from(form)).expect("a request"))
}

/// From an address that the host knows.
fn known(mut request: Request<Full<Bytes>>) -> Request<Full<Bytes>> {
    let ip = Ipv4Addr::new(203, 0, 113, 7);
    RequestFacts::of(request.extensions_mut()).ip = Some(ip.into());
    request
}

/// The host's own server, which is not asked.
#[derive(Clone)]
struct Nothing;

impl Service<Request<Full<Bytes>>> for Nothing {
    type Response = Response<Full<Bytes>>;
    type Error = std::convert::Infallible;
    type Future = Ready<Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Full<Bytes>>) -> Self::Future {
        at_once(Ok(Response::new(Full::default())))
    }
}
