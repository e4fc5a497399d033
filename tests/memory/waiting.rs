//! The memory that a poll takes while it waits for a decision.

use std::convert::Infallible;
use std::future::{Future, ready};
use std::pin::Pin;
use std::task::{Context, Waker};
use std::time::Duration;

use bytes::Bytes;
use device_grant::DeviceGrants;
use device_grant::host::{Client, Redemption, System, Terms, issuer_fn};
use device_grant::http::{ClientIpSource, ClientRegistry, DeviceGrantLayer, Endpoints};
use device_grant::message::TokenResponse;
use http::{Request, Response};
use http_body_util::Full;
use tower::{Layer, Service, service_fn};

use super::{ALLOCATOR, alone};

const CROWD: usize = 1_000;
/// The most that one may take: the poll, its client, its timers and its place, but not its connection.
const MOST: usize = 1_600;

fn grants() -> DeviceGrants {
    let issuer = issuer_fn(|_: Redemption| async {
        Ok(TokenResponse::bearer("token", Duration::from_secs(60)))
    });
    DeviceGrants::builder("https://id.example", issuer)
        .verification_uri("https://id.example/activate")
        .in_memory()
        .timer(System)
        .build()
        .unwrap()
}

fn request(path: &str, form: String) -> Request<Full<Bytes>> {
    Request::post(path)
        .header("host", "id.example")
        .header("user-agent", "tv/1.0 (a device; of some kind)")
        .header("accept", "application/json")
        .header("accept-encoding", "gzip, deflate, br")
        .header("x-forwarded-for", "203.0.113.7")
        .header("x-request-id", "4f3c2b1a-0000-4000-8000-000000000000")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("prefer", "wait=30")
        .body(Full::from(form))
        .unwrap()
}

#[test]
fn a_poll_that_waits_takes_little() {
    let _alone = alone();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let _entered = runtime.enter();
    let grants = grants();
    let tv = Client::new("tv").device_grant(Terms::new("openid".parse().unwrap()));
    let clients = ClientRegistry::new().public(tv);
    let endpoints = Endpoints::new(grants.clone(), clients);
    let own = service_fn(|_: Request<Full<Bytes>>| {
        ready(Ok::<_, Infallible>(Response::new(Bytes::new())))
    });
    let mut service = DeviceGrantLayer::new(endpoints, ClientIpSource::unknown()).layer(own);
    let codes: Vec<_> = (0..CROWD)
        .map(|_| {
            let request = request("/device_authorization", "client_id=tv".to_owned());
            let response = runtime.block_on(service.call(request)).unwrap();
            let json: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
            json["device_code"].as_str().unwrap().to_owned()
        })
        .collect();
    let mut waiting: Vec<Pin<Box<dyn Future<Output = _>>>> = Vec::with_capacity(CROWD);
    let before = ALLOCATOR.current_usage();
    for code in &codes {
        let form = format!(
            "grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id=tv&device_code={code}"
        );
        let mut poll: Pin<Box<dyn Future<Output = _>>> =
            Box::pin(service.call(request("/token", form)));
        assert!(
            poll.as_mut()
                .poll(&mut Context::from_waker(Waker::noop()))
                .is_pending()
        );
        waiting.push(poll);
    }
    let taken = ALLOCATOR.current_usage() - before;
    assert_eq!(grants.waiting_polls(), CROWD);
    let each = taken / CROWD;
    assert!(each <= MOST, "{each} bytes for each");
    grants.end_waits();
    drop(waiting);
    assert_eq!(grants.waiting_polls(), 0);
}
