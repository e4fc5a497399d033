//! Polls that prefer to wait.

use std::future::pending;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response};

use super::{GRANT_TYPE, Server, answered, error, form, registry};
use crate::host::{Timer, async_trait};

/// A timer that never ends anything.
struct Never;

#[async_trait]
impl Timer for Never {
    async fn sleep(&self, _: Duration) {
        pending().await
    }
}

fn server() -> Server {
    Server::built(registry(), |builder| builder.timer(Never))
}

fn poll(device_code: &str, prefer: &[&'static str]) -> Request<Bytes> {
    let mut request = form(&format!(
        "{GRANT_TYPE}&device_code={device_code}&client_id=tv"
    ));
    for value in prefer {
        let value = HeaderValue::from_static(value);
        request.headers_mut().append("prefer", value);
    }
    request
}

/// Begins a poll in a task of its own, which waits when this returns.
async fn begin(
    server: &Server,
    request: Request<Bytes>,
) -> tokio::task::JoinHandle<Response<Bytes>> {
    let endpoints = server.endpoints.clone();
    let task = tokio::spawn(async move { answered(endpoints.token(request).await) });
    while server.grants.waiting_polls() == 0 && !task.is_finished() {
        tokio::task::yield_now().await;
    }
    task
}

#[tokio::test]
async fn an_approval_is_answered_at_once() {
    let server = server();
    let (device_code, user_code) = server.codes("client_id=tv&scope=openid").await;
    let waiting = begin(&server, poll(&device_code, &["respond-async", "wait=20"])).await;
    assert!(!waiting.is_finished());
    server.approve(&user_code).await;
    let response = waiting.await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["preference-applied"], "wait=20");
    assert_eq!(response.headers()["cache-control"], "no-store");
}

#[tokio::test]
async fn a_server_that_stops_answers_as_pending() {
    let server = server();
    let (device_code, _) = server.codes("client_id=tv&scope=openid").await;
    let waiting = begin(&server, poll(&device_code, &["wait=600"])).await;
    server.grants.end_waits();
    let response = waiting.await.unwrap();
    assert_eq!(error(&response), (400, "authorization_pending".to_owned()));
    assert!(!response.headers().contains_key("preference-applied"));
}

#[tokio::test]
async fn what_is_no_wait_is_ignored() {
    let server = server();
    let bad: [&[&'static str]; 6] = [
        &[],
        &["wait"],
        &["wait=-1"],
        &["wait=0", "wait=20"],
        &["wait=1.5"],
        &["\"wait=20\""],
    ];
    for prefer in bad {
        let (device_code, _) = server.codes("client_id=tv&scope=openid").await;
        let response = server.poll(poll(&device_code, prefer)).await;
        assert_eq!(error(&response), (400, "authorization_pending".to_owned()));
        assert!(
            !response.headers().contains_key("preference-applied"),
            "{prefer:?}"
        );
    }
}

#[tokio::test]
async fn what_is_refused_or_known_does_not_wait() {
    let server = server();
    let (device_code, user_code) = server.codes("client_id=tv&scope=openid").await;
    server.approve(&user_code).await;
    let tokens = server.poll(poll(&device_code, &["wait=20"])).await;
    assert_eq!(tokens.status(), 200);
    assert!(!tokens.headers().contains_key("preference-applied"));
    let used = server.poll(poll(&device_code, &["wait=20"])).await;
    assert_eq!(error(&used), (400, "invalid_grant".to_owned()));
}
