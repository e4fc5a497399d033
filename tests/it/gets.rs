//! A GET decides nothing and claims nothing, at no address and however often.

use bytes::Bytes;
use device_grant::host::{Client, Terms, Visitor};
use device_grant::http::{ClientRegistry, Endpoints, Routed, SignIn, visitor_fn};
use device_grant::page::Pages;
use device_grant::store::MemoryStore;
use device_grant::testing::{FaultyStore, Poll, Ran, Scenario, ScriptedIssuer, block_on};
use http::request::Parts;
use http::{Method, Request};

#[test]
fn no_get_at_any_address_reaches_the_store_in_a_thousand_times() {
    let store = FaultyStore::new(MemoryStore::new());
    let ports = store.clone();
    let t = Scenario::with(ScriptedIssuer::new([]), |builder| builder.store(ports)).unwrap();
    let tv = t.device("tv").authorize("openid").unwrap();
    let review = t.visitor("alice").session("one").review(&tv).unwrap();
    let client = Client::new("tv").device_grant(Terms::new("openid".parse().unwrap()));
    let endpoints = Endpoints::new(t.grants().clone(), ClientRegistry::new().public(client));
    let alice = |_: Parts| async { SignIn::As(Visitor::new("alice").with_session("one")) };
    let pages = Pages::new(t.grants().clone(), visitor_fn(alice));

    let (user_code, device_code) = (tv.user_code(), &*tv.response().device_code);
    let ticket = review.ticket.expose();
    let grant_type = "urn:ietf:params:oauth:grant-type:device_code";
    let addresses = [
        "/activate".to_owned(),
        "/activate/".to_owned(),
        format!("/activate?user_code={user_code}"),
        format!("/activate/?user_code={user_code}&decision=approve"),
        format!("/activate/decision?ticket={ticket}&decision=approve"),
        format!("/activate/decision?ticket={ticket}&decision=other_account"),
        format!("/activate/review/{}?ticket={ticket}", review.grant.id),
        format!(
            "/activate/review/{}/approval?ticket={ticket}",
            review.grant.id
        ),
        "/device_authorization?client_id=tv&scope=openid".to_owned(),
        format!("/token?grant_type={grant_type}&device_code={device_code}&client_id=tv"),
        format!("/revoke?token={device_code}&client_id=tv"),
    ];
    store.forget_calls();
    for address in &addresses {
        for method in [Method::GET, Method::HEAD] {
            for _ in 0..1_000 {
                let request = || {
                    let request = Request::builder().method(&method).uri(address);
                    request.body(Bytes::new()).unwrap()
                };
                for answer in [
                    done(pages.answer(request())),
                    done(endpoints.answer(request())),
                ] {
                    if let Routed::Answered(response) = answer {
                        assert!(!response.status().is_server_error(), "{method} {address}");
                    }
                }
            }
        }
    }
    assert_eq!(store.calls(), []);
    assert_eq!(tv.poll().unwrap(), Poll::Pending);
    t.visitor("alice").session("one").approve(&review).unwrap();
}

/// The outcome of a request.
fn done(answer: impl Future<Output = Routed>) -> Routed {
    let Ran::Done(answer) = block_on(answer) else {
        panic!("a request is not answered");
    };
    answer
}
