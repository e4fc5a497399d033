//! Answers about codes and tickets of somebody else, which are those about one that nobody has: in status, headers and body,
//! and in the calls that the store gets.

use std::fmt::Debug;
use std::time::Duration;

use bytes::Bytes;
use device_grant::host::{Client, Quota, Terms, Visitor};
use device_grant::http::{ClientRegistry, Endpoints, Routed, SignIn, visitor_fn};
use device_grant::page::Pages;
use device_grant::store::MemoryStore;
use device_grant::testing::{
    FaultyStore, ManualClock, Poll, Ran, RecordedEvents, Scenario, ScriptedIssuer, SeededEntropy,
    StoreCall, WaitingDevice, block_on,
};
use device_grant::{DeviceGrants, Limits};
use http::request::Parts;
use http::{Request, Response};

/// Two issuers on one store, and a way to look at their answers.
struct House {
    store: FaultyStore<MemoryStore>,
    ours: Scenario,
    theirs: Scenario,
}

/// Everything that can be told of an answer.
#[derive(Debug, PartialEq)]
struct Told {
    status: u16,
    headers: Vec<String>,
    body: String,
    calls: Vec<StoreCall>,
}

impl House {
    fn new() -> Self {
        let clock = ManualClock::new();
        let store = FaultyStore::new(MemoryStore::new().with_clock(clock.clone()));
        let on = |issuer: &str| {
            let entropy = SeededEntropy::new(issuer.len().try_into().unwrap());
            let events = RecordedEvents::new();
            let grants = DeviceGrants::builder(issuer, ScriptedIssuer::new([]))
                .verification_uri(format!("{issuer}/activate"))
                .in_memory()
                .store(store.clone())
                .clock(clock.clone())
                .entropy(entropy)
                // Nobody is limited by what these tests enter.
                .limits(Limits::default().entries_per_subject(Quota::new(50, Duration::from_secs(3_600))))
                .observer(events.clone());
            Scenario::around(grants.build().unwrap(), clock.clone(), events)
        };
        Self {
            ours: on("https://id.example"),
            theirs: on("https://other.example"),
            store,
        }
    }

    fn device(&self) -> WaitingDevice {
        self.ours.device("tv").authorize("openid").unwrap()
    }

    /// The answer to a poll with this device code.
    fn polled(&self, device_code: &str) -> Told {
        let client = |id| Client::new(id).device_grant(Terms::new("openid".parse().unwrap()));
        let clients = ClientRegistry::new()
            .public(client("tv"))
            .public(client("cli"));
        let endpoints = Endpoints::new(self.ours.grants().clone(), clients);
        let grant_type = "urn:ietf:params:oauth:grant-type:device_code";
        let body = format!("grant_type={grant_type}&device_code={device_code}&client_id=tv");
        self.store.forget_calls();
        let response = answered(endpoints.answer(post("/token", body)));
        self.told(&response, device_code)
    }

    /// The answers to a form of alice's: the response, and the page that it leads her to.
    fn posted(&self, path: &str, field: &str, value: &str) -> (Told, Told) {
        let alice = |_: Parts| async { SignIn::As(Visitor::new("alice").with_session("one")) };
        let pages = Pages::new(self.ours.grants().clone(), visitor_fn(alice));
        let body = format!("{field}={value}&decision=approve");
        self.store.forget_calls();
        let response = answered(pages.answer(post(path, body)));
        let led = self.told(&response, value);
        assert_eq!(led.status, 303, "{led:?}");
        let header = |name| response.headers().get(name).map(|it| it.to_str().unwrap());
        let mut get = Request::get(header("location").unwrap());
        if let Some(cookie) = header("set-cookie") {
            get = get.header("cookie", cookie.split(';').next().unwrap());
        }
        self.store.forget_calls();
        let page = answered(pages.answer(get.body(Bytes::new()).unwrap()));
        (led, self.told(&page, value))
    }

    /// All of the response and the calls before it, with `secret` left out, and the id of a grant that a ticket begins with.
    fn told(&self, response: &Response<Bytes>, secret: &str) -> Told {
        let id = secret.get(..32).unwrap_or(secret);
        let masked = |text: &str| text.replace(secret, "…").replace(id, "…");
        let headers = response.headers().iter();
        let headers = headers.map(|(name, value)| masked(&format!("{name}: {value:?}")));
        Told {
            status: response.status().as_u16(),
            headers: headers.collect(),
            body: masked(std::str::from_utf8(response.body()).unwrap()),
            calls: self.store.calls(),
        }
    }
}

fn answered(answer: impl Future<Output = Routed>) -> Response<Bytes> {
    match block_on(answer) {
        Ran::Done(Routed::Answered(response)) => response,
        other @ (Ran::Done(Routed::NotOurs(_)) | Ran::Hung | Ran::Panicked(_)) => {
            panic!("it is answered: {other:?}")
        }
    }
}

fn post(path: &str, body: String) -> Request<Bytes> {
    Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("origin", "https://id.example")
        .header("host", "id.example")
        .body(body.into())
        .unwrap()
}

/// Compares the answers that go with a name, and returns the one that all are.
#[track_caller]
fn all_alike<T: Debug + PartialEq, const N: usize>(answers: [(&str, T); N]) -> T {
    let mut answers = answers.into_iter();
    let (_, first) = answers.next().unwrap();
    for (name, told) in answers {
        assert_eq!(told, first, "{name}");
    }
    first
}

#[test]
fn a_device_code_that_is_not_the_clients_is_one_that_nobody_has() {
    let house = House::new();
    let foreign = house.ours.device("cli").authorize("openid").unwrap();
    let elsewhere = house.theirs.device("tv").authorize("openid").unwrap();
    let (used, withdrawn, forgotten) = (house.device(), house.device(), house.device());
    for device in [&used, &withdrawn] {
        house.ours.visitor("alice").approve(device).unwrap();
        assert_eq!(device.poll(), Ok(Poll::Tokens));
    }
    house.ours.revoke(&withdrawn.grant_id()).unwrap();
    let code = |device: &WaitingDevice| device.response().device_code.to_string();
    let mut made_up = code(&used);
    made_up.replace_range(..4, "aaaa");
    let before = all_alike([
        ("made up", house.polled(&made_up)),
        ("of another client", house.polled(&code(&foreign))),
        ("of another issuer", house.polled(&code(&elsewhere))),
        ("used", house.polled(&code(&used))),
        (
            "withdrawn after the tokens",
            house.polled(&code(&withdrawn)),
        ),
    ]);
    assert_eq!(
        (before.status, &*before.calls),
        (400, &[StoreCall::RecordPoll][..])
    );
    assert!(before.body.contains("invalid_grant"), "{before:?}");
    house.ours.advance(Duration::from_secs(600 + 3_600));
    house.ours.purge(10).unwrap();
    assert_eq!(house.polled(&code(&forgotten)), before, "forgotten");
}

#[test]
fn a_user_code_that_is_not_the_visitors_is_one_that_nobody_has() {
    let house = House::new();
    let expired = house.device();
    house.ours.advance(Duration::from_secs(600));
    let [reviewed, decided, withdrawn] = [(); 3].map(|()| house.device());
    let expected = house.ours.device("tv").expected_subject("bob");
    let expected = expected.authorize("openid").unwrap();
    let elsewhere = house.theirs.device("tv").authorize("openid").unwrap();
    house.ours.visitor("bob").review(&reviewed).unwrap();
    house.ours.visitor("bob").approve(&decided).unwrap();
    house.ours.revoke(&withdrawn.grant_id()).unwrap();
    let enter = |code: &str| house.posted("/activate", "user_code", code);
    let told = all_alike([
        ("made up", enter("BCDF-GHJK")),
        ("expired", enter(expired.user_code())),
        ("under review by another", enter(reviewed.user_code())),
        ("decided by another", enter(decided.user_code())),
        ("withdrawn", enter(withdrawn.user_code())),
        ("expected of another", enter(expected.user_code())),
        ("of another issuer", enter(elsewhere.user_code())),
    ]);
    let (led, page) = told;
    assert_eq!(led.calls, [StoreCall::FindByUserCode]);
    assert_eq!((page.status, page.calls), (400, vec![]));
}

#[test]
fn a_ticket_that_is_not_the_visitors_is_one_that_nobody_has() {
    let house = House::new();
    let ticket = |by: &Scenario, device: &WaitingDevice, who: &str| {
        let review = by.visitor(who).session("one").review(device).unwrap();
        review.ticket.expose()
    };
    let late = house.device();
    let late = ticket(&house.ours, &late, "alice");
    house.ours.advance(Duration::from_secs(600));
    let [theirs, withdrawn, decided] = [(); 3].map(|()| house.device());
    let elsewhere = house.theirs.device("tv").authorize("openid").unwrap();
    let of_another_issuer = ticket(&house.theirs, &elsewhere, "alice");
    let of_another = ticket(&house.ours, &theirs, "bob");
    let ended = ticket(&house.ours, &withdrawn, "alice");
    house.ours.revoke(&withdrawn.grant_id()).unwrap();
    let decided_by_another = ticket(&house.ours, &decided, "bob");
    house
        .ours
        .visitor("bob")
        .session("one")
        .approve(&decided)
        .unwrap();
    let mut made_up = of_another.clone();
    made_up.replace_range(..4, "aaaa");
    let decide = |ticket: &str| house.posted("/activate/decision", "ticket", ticket);
    let told = all_alike([
        ("made up", decide(&made_up)),
        ("of another visitor", decide(&of_another)),
        ("too late", decide(&late)),
        ("withdrawn", decide(&ended)),
        ("decided by another", decide(&decided_by_another)),
        ("of another issuer", decide(&of_another_issuer)),
    ]);
    let (led, page) = told;
    assert_eq!(led.calls, [StoreCall::Find]);
    assert_eq!((page.status, page.calls), (410, vec![]));
}
