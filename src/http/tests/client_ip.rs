//! Where a request comes from: one answer for limits, review and pages, and none that is off unnoticed.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response};

use super::layer::{own_app, request, send};
use super::{Server, error};
use crate::http::{Answering, ClientIpSource, DeviceGrantLayer, RequestFacts, Route};

/// Says where a request comes from.
struct Whence;

impl Route for Whence {
    fn claim(_: &Arc<Self>, parts: &Parts) -> Option<Answering> {
        let answering: Answering = Box::new(|request| {
            let ip = RequestFacts::in_extensions(request.extensions()).ip;
            let ip = ip.map_or("unknown".to_owned(), |ip| ip.to_string());
            Box::pin(async { Response::new(Bytes::from(ip)).into() })
        });
        (parts.uri.path() == "/whence").then_some(answering)
    }

    fn addresses(&self) -> Vec<(http::Method, String)> {
        vec![(http::Method::GET, "/whence".to_owned())]
    }
}

fn app(source: ClientIpSource) -> Router {
    own_app().layer(DeviceGrantLayer::new(Whence, source))
}

/// The address that a route hears of; the status, where there is no route that hears of it.
async fn whence(source: ClientIpSource, request: Request<Body>) -> String {
    let response = send(app(source), request).await;
    match response.status().as_u16() {
        200 => String::from_utf8(response.into_body().into()).unwrap(),
        refused => refused.to_string(),
    }
}

fn noted(ip: &str) -> Request<Body> {
    let mut request = request("POST", "/whence", "");
    RequestFacts::of(request.extensions_mut()).ip = Some(ip.parse().unwrap());
    request
}

#[tokio::test]
async fn an_address_that_was_noted_in_front_of_the_layer_is_taken() {
    let source = ClientIpSource::extension();
    assert_eq!(whence(source, noted("192.0.2.7")).await, "192.0.2.7");
}

#[tokio::test]
async fn the_peer_of_an_axum_connection_is_taken() {
    let source = || ClientIpSource::peer::<ConnectInfo<SocketAddr>>();
    let mut connected = request("POST", "/whence", "");
    let peer: SocketAddr = "[2001:db8::7]:4711".parse().unwrap();
    connected.extensions_mut().insert(ConnectInfo(peer));
    assert_eq!(whence(source(), connected).await, "2001:db8::7");
    // `into_make_service` where `into_make_service_with_connect_info` was meant.
    let unconnected = request("POST", "/whence", "");
    assert_eq!(whence(source(), unconnected).await, "500");
}

#[tokio::test]
async fn the_function_alone_says_where_a_request_comes_from() {
    let source = ClientIpSource::from_fn(|_| Some([203, 0, 113, 1].into()));
    assert_eq!(whence(source, noted("192.0.2.7")).await, "203.0.113.1");
}

#[tokio::test]
async fn an_unknown_source_is_no_error_if_the_host_says_so() {
    let nothing = request("POST", "/whence", "");
    assert_eq!(whence(ClientIpSource::unknown(), nothing).await, "unknown");
    let noted = noted("192.0.2.7");
    assert_eq!(whence(ClientIpSource::unknown(), noted).await, "192.0.2.7");
}

#[tokio::test]
async fn no_request_passes_without_an_address_that_the_host_says_to_know() {
    for source in [
        ClientIpSource::extension(),
        ClientIpSource::peer::<ConnectInfo<SocketAddr>>(),
        ClientIpSource::from_fn(|_| None),
    ] {
        let server = Server::new();
        let layer = DeviceGrantLayer::new(server.endpoints.clone(), source.clone());
        let app = own_app().layer(layer);
        for path in ["/device_authorization", "/token", "/revoke"] {
            let response = send(app.clone(), request("POST", path, "client_id=tv")).await;
            let expected = (500, "server_error".to_owned());
            assert_eq!(error(&response), expected, "{path} {source:?}");
        }
        assert_eq!(server.events(), ["fault"; 3], "{source:?}");
        assert_eq!(send(app, request("GET", "/", "")).await.body(), "home");
    }
}

/// The proxies of a host, from the outer to the inner one, as seen by the server behind them: each appends where a
/// request came from.
fn through(proxies: &[IpAddr], client: IpAddr, forged: Option<&str>) -> Request<Body> {
    let mut request = request("POST", "/whence", "");
    let mut hops: Vec<String> = forged.map(str::to_owned).into_iter().collect();
    let mut peer = client;
    for proxy in proxies {
        hops.push(peer.to_string());
        peer = *proxy;
    }
    let headers = request.headers_mut();
    headers.insert("x-forwarded-for", hops.join(", ").parse().unwrap());
    // The inner proxy knows the outer one, and overwrites whatever came.
    headers.insert("x-real-ip", client.to_string().parse().unwrap());
    request
}

const FORGERIES: [Option<&str>; 4] = [
    None,
    Some("198.51.100.9"),
    Some("198.51.100.9, 198.51.100.10"),
    Some("not an address"),
];

#[tokio::test]
async fn behind_one_proxy_the_last_entry_is_the_client_whatever_it_forges() {
    let client = [203, 0, 113, 1].into();
    let proxy = [10, 0, 0, 1].into();
    for forged in FORGERIES {
        let source = ClientIpSource::from_fn(|request| {
            client_ip::rightmost_x_forwarded_for(&request.headers).ok()
        });
        let told = whence(source, through(&[proxy], client, forged)).await;
        assert_eq!(told, "203.0.113.1", "{forged:?}");
    }
}

#[tokio::test]
async fn behind_two_proxies_what_the_inner_one_works_out_is_the_client() {
    let client = [203, 0, 113, 1].into();
    let proxies = [[10, 0, 0, 1].into(), [10, 0, 0, 2].into()];
    for forged in FORGERIES {
        let source = ClientIpSource::from_fn(|request| client_ip::x_real_ip(&request.headers).ok());
        let told = whence(source, through(&proxies, client, forged)).await;
        assert_eq!(told, "203.0.113.1", "{forged:?}");
        // The recipe for one proxy takes the outer one for everybody.
        let source = ClientIpSource::from_fn(|request| {
            client_ip::rightmost_x_forwarded_for(&request.headers).ok()
        });
        let told = whence(source, through(&proxies, client, forged)).await;
        assert_eq!(told, "10.0.0.1", "{forged:?}");
    }
}
