use std::convert::Infallible;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::BodyExt;
use tower::ServiceExt;
use tower_layer::Layer;
use tower_service::Service;

use super::{FORM, GRANT_TYPE, Server, basic, error};
use crate::http::{
    Answering, ClientIpSource, DeviceGrantLayer, RequestBody, RequestFacts, Route, Routed,
};

/// The host's own token endpoint: says what it got, byte for byte.
async fn own_token(
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, [(&'static str, &'static str); 1], String) {
    let body = format!("{:?} {:?}", headers.get("x-own"), body);
    (StatusCode::IM_A_TEAPOT, [("x-own-answer", "1")], body)
}

pub(super) fn own_app() -> Router {
    Router::new()
        .route("/token", post(own_token).get(|| async { "get" }))
        .route("/upload", post(|body: Body| async { body }))
        .route("/", get(|| async { "home" }))
}

/// A layer that puts up with requests from nowhere.
pub(super) fn layer(route: impl Route + 'static) -> DeviceGrantLayer {
    DeviceGrantLayer::new(route, ClientIpSource::unknown())
}

fn app(server: &Server) -> Router {
    own_app().layer(layer(server.endpoints.clone()))
}

pub(super) fn request(method: &str, path: &str, body: impl Into<Body>) -> Request<Body> {
    let request = Request::builder().method(method).uri(path);
    let request = request.header("content-type", FORM).header("x-own", "7");
    request.body(body.into()).unwrap()
}

pub(super) async fn send(app: Router, request: Request<Body>) -> Response<Bytes> {
    let (parts, body) = app.oneshot(request).await.unwrap().into_parts();
    Response::from_parts(parts, to_bytes(body, usize::MAX).await.unwrap())
}

#[tokio::test]
async fn an_axum_app_gets_the_grant() {
    let server = Server::new();
    let start = request("POST", "/device_authorization", "client_id=tv&scope=openid");
    let start = send(app(&server), start).await;
    assert_eq!(start.status(), 200);
    let start = super::json(&start);
    server.approve(start["user_code"].as_str().unwrap()).await;
    let poll = format!(
        "{GRANT_TYPE}&client_id=tv&device_code={}",
        start["device_code"].as_str().unwrap()
    );
    let tokens = send(app(&server), request("POST", "/token", poll)).await;
    assert_eq!(super::json(&tokens)["access_token"], "the-token");
    assert_eq!(tokens.headers()["cache-control"], "no-store");
}

/// The methods, targets and bodies of requests that are not for the grant, but look like it.
const METHODS: [&str; 8] = [
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE",
];
const TARGETS: [&str; 10] = [
    "/",
    "/token",
    "/token?grant_type=urn:ietf:params:oauth:grant-type:device_code",
    "/token/",
    "//token",
    "/TOKEN",
    "/%74oken",
    "/device_authorization/",
    "/upload",
    "/nowhere",
];
const BODIES: [&str; 9] = [
    "",
    "&",
    "grant_type=refresh_token&refresh_token=a%2Bb+c",
    "grant_type=authorization_code&code=%zz\u{0}&&=&",
    "{\"grant_type\":\"urn:ietf:params:oauth:grant-type:device_code\"}",
    "grant-type=urn:ietf:params:oauth:grant-type:device_code",
    "grant_type=urn:ietf:params:oauth:grant-type:device_code2",
    "GRANT_TYPE=urn:ietf:params:oauth:grant-type:device_code",
    "x=grant_type=urn:ietf:params:oauth:grant-type:device_code",
];

#[tokio::test]
async fn what_the_app_answers_is_what_it_answered_before() {
    let (before, after) = (own_app(), app(&Server::new()));
    for method in METHODS {
        for target in TARGETS {
            for body in BODIES {
                let request = || request(method, target, body);
                let before = send(before.clone(), request()).await;
                let after = send(after.clone(), request()).await;
                let asked = format!("{method} {target} {body}");
                assert_eq!(before.status(), after.status(), "{asked}");
                assert_eq!(before.headers(), after.headers(), "{asked}");
                assert_eq!(before.body(), after.body(), "{asked}");
            }
        }
    }
}

#[tokio::test]
async fn the_grants_own_words_in_another_method_are_the_apps() {
    let (before, after) = (own_app(), app(&Server::new()));
    for (method, target) in [("PUT", "/token"), ("POST", "/nowhere"), ("POST", "/")] {
        let before = send(before.clone(), request(method, target, GRANT_TYPE)).await;
        let after = send(after.clone(), request(method, target, GRANT_TYPE)).await;
        assert_eq!(before.status(), after.status(), "{method} {target}");
        assert_eq!(before.headers(), after.headers(), "{method} {target}");
        assert_eq!(before.body(), after.body(), "{method} {target}");
    }
}

#[tokio::test]
async fn other_methods_at_our_own_path_are_refused() {
    let response = send(
        app(&Server::new()),
        request("GET", "/device_authorization", ""),
    )
    .await;
    assert_eq!(response.status(), 405);
    assert_eq!(response.headers()["allow"], "POST");
    assert_eq!(response.headers()["cache-control"], "no-store");
}

#[tokio::test]
async fn the_limit_can_be_raised_for_other_grants() {
    let body = format!("grant_type=other&assertion={}", "a".repeat(100_000));
    let server = Server::new();
    let refused = send(app(&server), request("POST", "/token", body.clone())).await;
    assert_eq!(refused.status(), 413);
    let layer = layer(server.endpoints.clone()).body_limit(200_000);
    let passed = send(
        own_app().layer(layer.clone()),
        request("POST", "/token", body),
    )
    .await;
    assert_eq!(passed.status(), 418);
    let ours = format!("{GRANT_TYPE}&x={}", "a".repeat(100_000));
    let ours = send(own_app().layer(layer), request("POST", "/token", ours)).await;
    assert_eq!(ours.status(), 413);
}

#[tokio::test]
async fn a_deadline_lets_a_body_that_is_there_through() {
    let layer = layer(Server::new().endpoints).body_deadline(|| ready(()));
    let start = request("POST", "/device_authorization", "client_id=tv");
    let response = send(own_app().layer(layer), start).await;
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn a_body_in_pieces_is_put_together_whether_it_tells_its_end_or_not() {
    for end in [End::Ends, End::EndsAsTold] {
        let mut body = Scripted::pieces(&["client", "_id=t", "", "v"]);
        body.end = end;
        let request = request("POST", "/device_authorization", Body::new(body));
        let response = send(app(&Server::new()), request).await;
        assert_eq!(response.status(), 200, "{end:?}");
    }
}

#[tokio::test]
async fn a_body_may_announce_as_much_as_it_may_have() {
    let start = "client_id=tv";
    for (length, expected) in [(64 * 1024, 200), (64 * 1024 + 1, 413)] {
        let body = format!("{start}{}", "&".repeat(length - start.len()));
        let request = request("POST", "/device_authorization", body);
        let response = send(app(&Server::new()), request).await;
        assert_eq!(response.status(), expected, "{length}");
    }
}

/// Through the layer, which reads bodies.
#[tokio::test]
async fn a_body_in_pieces_may_be_as_long_as_one_that_is_whole() {
    let start = "client_id=tv";
    for (length, expected) in [(64 * 1024, 200), (64 * 1024 + 1, 413), (70_000, 413)] {
        let rest = &*"&".repeat(length - start.len()).leak();
        let body = Body::new(Scripted::pieces(&[start, rest]));
        let request = request("POST", "/device_authorization", body);
        let response = send(app(&Server::new()), request).await;
        assert_eq!(response.status(), expected, "{length}");
    }
}

#[tokio::test]
async fn a_body_on_another_path_is_not_touched() {
    let body = "x".repeat(1 << 20);
    let response = send(
        app(&Server::new()),
        request("POST", "/upload", body.clone()),
    )
    .await;
    assert_eq!(response.body(), body.as_bytes());
    let mut endless = app(&Server::new());
    let endless = endless.call(request("POST", "/upload", Body::new(Scripted::endless())));
    assert_eq!(endless.await.unwrap().status(), 200);
}

#[tokio::test]
async fn what_an_outer_layer_vouches_for_reaches_the_endpoints() {
    let server = Server::new();
    let mut request = request("POST", "/device_authorization", "");
    let client = crate::host::Client::new("tv");
    RequestFacts::of(request.extensions_mut()).client = Some(client);
    let response = send(app(&server), request).await;
    assert_eq!(error(&response).1, "unauthorized_client");
}

#[tokio::test]
async fn a_challenge_survives_the_layer() {
    let request = basic("Basic Ym94Ondyb25n", GRANT_TYPE).map(Body::from);
    let (mut parts, body) = request.into_parts();
    parts.uri = "/token".parse().unwrap();
    let response = send(app(&Server::new()), Request::from_parts(parts, body)).await;
    assert_eq!(response.status(), 401);
    assert!(response.headers().contains_key("www-authenticate"));
}

/// Claims everything below a prefix, answers `yes` to `POST`, and gives the rest back.
struct Prefix(&'static str);

impl Route for Prefix {
    fn claim(route: &Arc<Self>, parts: &http::request::Parts) -> Option<Answering> {
        let prefix = route.0;
        let answering: Answering = Box::new(move |request| {
            let routed = if request.method() == http::Method::POST {
                Routed::Answered(Response::new(prefix.into()))
            } else {
                Routed::NotOurs(request)
            };
            Box::pin(async { routed })
        });
        parts.uri.path().starts_with(prefix).then_some(answering)
    }

    fn addresses(&self) -> Vec<(http::Method, String)> {
        vec![(http::Method::POST, self.0.to_owned())]
    }
}

#[tokio::test]
async fn routes_are_asked_in_their_order() {
    let layer = layer(Prefix("/a/b")).and(Prefix("/a")).and(Prefix("/"));
    let app = || own_app().layer(layer.clone());
    for (path, by) in [("/a/b", "/a/b"), ("/a/c", "/a"), ("/c", "/")] {
        assert_eq!(send(app(), request("POST", path, "")).await.body(), by);
    }
    assert_eq!(send(app(), request("GET", "/", "")).await.body(), "home");
}

/// Counts the requests that it is asked about.
struct Counting(Arc<Prefix>, Arc<AtomicUsize>);

impl Route for Counting {
    fn claim(route: &Arc<Self>, parts: &http::request::Parts) -> Option<Answering> {
        route.1.fetch_add(1, Ordering::Relaxed);
        Prefix::claim(&route.0, parts)
    }

    fn addresses(&self) -> Vec<(http::Method, String)> {
        self.0.addresses()
    }
}

#[tokio::test]
async fn a_route_looks_at_a_request_once() {
    let [one, other] = [Arc::new(AtomicUsize::new(0)), Arc::default()];
    let layer = layer(Counting(Arc::new(Prefix("/a")), Arc::clone(&one)));
    let layer = layer.and(Counting(Arc::new(Prefix("/a/b")), Arc::clone(&other)));
    let app = || own_app().layer(layer.clone());
    let looks = || [&one, &other].map(|route| route.swap(0, Ordering::Relaxed));
    for (method, path, expected) in [
        ("POST", "/a/b", [1, 0]),
        ("GET", "/a/b", [1, 1]),
        ("GET", "/", [1, 1]),
    ] {
        send(app(), request(method, path, "")).await;
        assert_eq!(looks(), expected, "{method} {path}");
    }
}

/// A plain service over plain bytes. As with many services, a clone of one that is ready is not.
#[derive(Default)]
struct Plain {
    is_ready: bool,
}

impl Clone for Plain {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Service<Request<http_body_util::Full<Bytes>>> for Plain {
    type Response = Response<Bytes>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Bytes>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.is_ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<http_body_util::Full<Bytes>>) -> Self::Future {
        assert!(
            std::mem::take(&mut self.is_ready),
            "called before it was ready"
        );
        ready(Ok(Response::new(request.uri().path().to_owned().into())))
    }
}

#[tokio::test]
async fn any_service_can_be_wrapped_and_is_ready_when_it_is_called() {
    let mut service = layer(Server::new().endpoints).layer(Plain::default());
    for path in ["/token", "/x", "/token"] {
        let request = Request::post(path)
            .body(http_body_util::Full::from("grant_type=x"))
            .unwrap();
        let response = service.ready().await.unwrap().call(request).await.unwrap();
        assert_eq!(response.body(), path);
    }
}

#[tokio::test]
async fn a_host_without_tower_gets_the_same_answers() {
    let layer = layer(Server::new().endpoints);
    let start = request("POST", "/device_authorization", "client_id=tv");
    match layer.answer(start).await {
        Routed::Answered(response) => assert_eq!(response.status(), 200),
        Routed::NotOurs(request) => panic!("{request:?}"),
    }
}

#[tokio::test]
async fn a_host_without_tower_gets_the_rest_back() {
    let layer = layer(Server::new().endpoints);
    let endless = request("POST", "/upload", Body::new(Scripted::endless()));
    let body = passed_on(layer.answer(endless).await);
    assert!(matches!(body, RequestBody::Streamed(_)));
    let text = "grant_type=refresh_token&refresh_token=a%2Bb+c";
    let body = passed_on(layer.answer(request("POST", "/token", text)).await);
    assert!(matches!(&body, RequestBody::Whole(bytes) if bytes == text));
    assert_eq!(body.collect().await.unwrap().to_bytes(), text);
}

fn passed_on(answer: Routed<RequestBody<Body>>) -> RequestBody<Body> {
    match answer {
        Routed::NotOurs(request) => request.into_body(),
        Routed::Answered(response) => panic!("{response:?}"),
    }
}

#[tokio::test]
async fn a_body_that_is_passed_on_is_what_it_was() {
    let streamed = RequestBody::Streamed(Scripted::pieces(&["a", "b"]));
    assert!(!streamed.is_end_stream());
    assert_eq!(streamed.collect().await.unwrap().to_bytes(), "ab");
    let announced = RequestBody::Streamed(Scripted::announcing(7));
    assert_eq!(announced.size_hint().lower(), 7);
    let whole = RequestBody::<Body>::from(Bytes::from_static(b"abc"));
    assert_eq!(whole.size_hint().exact(), Some(3));
    assert!(!whole.is_end_stream());
    assert!(RequestBody::<Body>::from(Bytes::new()).is_end_stream());
}

#[test]
fn a_body_does_not_show_its_secrets() {
    let body = RequestBody::<Body>::from(Bytes::from_static(b"client_secret=x"));
    assert_eq!(format!("{body:?}"), "Whole");
}

/// A body that does as it is told.
pub(super) struct Scripted {
    pieces: Vec<Result<&'static str, std::io::Error>>,
    end: End,
    announced: u64,
}

/// The end of a body, after its pieces.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum End {
    Ends,
    /// The body knows which piece is its last.
    EndsAsTold,
    Never,
    Stalls,
}

impl Scripted {
    fn pieces(pieces: &[&'static str]) -> Self {
        let pieces = pieces.iter().rev().map(|piece| Ok(*piece)).collect();
        Self {
            pieces,
            end: End::Ends,
            announced: 0,
        }
    }

    pub(super) fn endless() -> Self {
        Self {
            pieces: Vec::new(),
            end: End::Never,
            announced: 0,
        }
    }

    pub(super) fn stalling() -> Self {
        Self {
            pieces: vec![Ok("client_id=tv")],
            end: End::Stalls,
            announced: 0,
        }
    }

    pub(super) fn broken() -> Self {
        let mut body = Self::pieces(&["client_id=tv"]);
        body.pieces
            .insert(0, Err(std::io::Error::other("connection reset")));
        body
    }

    /// It panics when it is read.
    pub(super) fn announcing(bytes: u64) -> Self {
        Self {
            pieces: Vec::new(),
            end: End::Ends,
            announced: bytes,
        }
    }
}

impl http_body::Body for Scripted {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        assert_eq!(self.announced, 0, "the body was read");
        if let Some(piece) = self.pieces.pop() {
            return Poll::Ready(Some(piece.map(|text| Frame::data(Bytes::from(text)))));
        }
        match self.end {
            End::Ends | End::EndsAsTold => Poll::Ready(None),
            End::Never => Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'a'; 1024]))))),
            End::Stalls => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.end == End::EndsAsTold && self.pieces.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = SizeHint::new();
        hint.set_lower(self.announced);
        hint
    }
}
