//! Polls that wait for a decision.

mod announcing;
mod crowd;
mod hand;
mod incidents;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use device_grant::code::{GrantId, UserCodeDigest};
use device_grant::grant::{KeyThumbprint, Timestamp};
use device_grant::host::{
    Event, EventKind, GrantStore, NewRow, PollRecord, PortError, Replacement, Row, Terms,
    async_trait,
};
use device_grant::store::MemoryStore;
use device_grant::testing::{Disruption, Poll, Scenario, ScriptedIssuer, StoreCall, WaitingDevice};
use device_grant::{Builder, DeviceGrants, DeviceTokenRequest};

use self::hand::{Hand, Waiting};
use super::lying_store::{ChangedRows, LIES};
use super::{INTERVAL, LIFETIME, SECOND, Server, Test, client};

/// A server, and the time that it goes by.
struct Waits {
    server: Server,
    hand: Hand,
}

impl Waits {
    fn new() -> Self {
        Self::with(|builder| builder)
    }

    fn with(configure: impl FnOnce(Builder) -> Builder) -> Self {
        let hand = Hand::default();
        let timer = hand.clone();
        let server = Server::with([], |builder| configure(builder.timer(timer)));
        Self { server, hand }
    }

    fn tv(&self) -> WaitingDevice {
        self.server.t.device("tv").authorize("openid").unwrap()
    }

    /// Begins a poll that prefers to wait.
    fn wait(&self, device: &WaitingDevice, prefer: &str) -> Waiting {
        begin(
            self.server.t.grants(),
            device,
            device.poll_request().with_prefer([prefer]),
        )
    }

    fn number(&self) -> usize {
        self.server.t.grants().waiting_polls()
    }

    /// Lets time pass, for the store and for what sleeps.
    fn pass(&self, time: Duration) {
        self.server.t.clock().advance(time);
        self.hand.advance(time);
    }
}

fn begin(grants: &DeviceGrants, device: &WaitingDevice, request: DeviceTokenRequest) -> Waiting {
    let (grants, client) = (grants.clone(), device.client().clone());
    Waiting::begin(async move { grants.poll_or_wait(&client, request).await })
}

#[test]
fn an_approval_ends_the_wait_with_tokens() -> Test {
    let waits = Waits::new();
    let tv = waits.tv();
    let mut poll = waits.wait(&tv, "wait=20");
    assert_eq!((waits.number(), poll.is_woken()), (1, false));
    waits.server.t.visitor("alice").approve(&tv)?;
    assert!(poll.is_woken());
    let answer = poll.answer().expect("it is answered");
    assert_eq!(
        (answer.status, answer.applied.as_deref()),
        (200, Some("wait=20"))
    );
    assert_eq!(answer.json["access_token"], "token-1");
    assert_eq!(waits.number(), 0);
    Ok(())
}

#[test]
fn a_denial_ends_the_wait() -> Test {
    let waits = Waits::new();
    let tv = waits.tv();
    let mut poll = waits.wait(&tv, "wait=20");
    waits.server.t.visitor("alice").deny(&tv)?;
    assert!(poll.is_woken());
    assert_eq!(poll.error(), "access_denied");
    Ok(())
}

#[test]
fn a_revocation_ends_the_wait() -> Test {
    let waits = Waits::new();
    let tv = waits.tv();
    let mut poll = waits.wait(&tv, "wait=20");
    tv.cancel()?;
    assert!(poll.is_woken());
    assert_eq!(poll.error(), "access_denied");
    Ok(())
}

#[test]
fn the_expiry_ends_the_wait() -> Test {
    let waits = Waits::new();
    let tv = waits.tv();
    waits.pass(LIFETIME - 7 * SECOND);
    let mut poll = waits.wait(&tv, "wait=30");
    waits.pass(7 * SECOND - Duration::from_micros(1));
    assert!(poll.answer().is_none());
    waits.pass(Duration::from_micros(1));
    assert!(poll.is_woken());
    assert_eq!(poll.error(), "expired_token");
    Ok(())
}

#[test]
fn an_approval_that_is_to_be_confirmed_ends_the_wait_and_begins_none() -> Test {
    let waits = Waits::new();
    let terms = Terms::new("openid".parse()?).confirmation_code(true);
    let client = device_grant::host::Client::new("cli").device_grant(terms);
    let tv = waits
        .server
        .t
        .device("cli")
        .client(client)
        .authorize("openid")?;
    let mut poll = waits.wait(&tv, "wait=20");
    waits.server.t.visitor("alice").approve(&tv)?;
    assert!(poll.is_woken());
    let answer = poll.answer().expect("it is answered");
    assert_eq!(answer.json["confirmation_required"], true);
    assert_eq!(answer.applied.as_deref(), Some("wait=20"));
    waits.pass(INTERVAL);
    let mut again = waits.wait(&tv, "wait=20");
    let answer = again.answer().expect("its user is looking for the code");
    assert_eq!(answer.json["confirmation_required"], true);
    assert_eq!(answer.applied, None);
    Ok(())
}

#[test]
fn without_a_decision_it_is_pending_when_the_time_is_over() {
    let waits = Waits::new();
    let tv = waits.tv();
    let mut poll = waits.wait(&tv, "wait=12");
    waits.pass(12 * SECOND - Duration::from_micros(1));
    assert!(poll.answer().is_none());
    waits.pass(Duration::from_micros(1));
    assert!(poll.is_woken());
    let answer = poll.answer().expect("it is answered");
    assert_eq!(
        (answer.status, answer.applied.as_deref()),
        (400, Some("wait=12"))
    );
    assert_eq!(answer.json["error"], "authorization_pending");
}

#[test]
fn nobody_waits_for_longer_than_the_host_allows() {
    let most = u64::MAX;
    for (configured, prefer, applied) in [
        (30, format!("wait={most}"), "wait=30"),
        (30, "wait=31".to_owned(), "wait=30"),
        (10, "wait=30".to_owned(), "wait=10"),
        (10, "wait=9".to_owned(), "wait=9"),
    ] {
        let longest = Duration::from_secs(configured);
        let waits = Waits::with(|builder| builder.waiting_polls(1, longest));
        let tv = waits.tv();
        let mut poll = waits.wait(&tv, &prefer);
        waits.pass(longest);
        let answer = poll.answer().expect("the longest wait is over");
        assert_eq!(answer.applied.as_deref(), Some(applied), "{prefer}");
    }
}

#[test]
fn a_review_ends_no_wait() -> Test {
    let waits = Waits::new();
    let tv = waits.tv();
    let mut poll = waits.wait(&tv, "wait=20");
    waits.server.t.visitor("alice").review(&tv)?;
    assert!(!poll.is_woken());
    waits.pass(INTERVAL);
    assert!(poll.is_woken() && poll.answer().is_none());
    Ok(())
}

#[test]
fn a_decision_of_another_node_is_found_within_an_interval() -> Test {
    let waits = Waits::new();
    let tv = waits.tv();
    let mut poll = waits.wait(&tv, "wait=20");
    let other = waits.server.again_on(waits.server.store.clone());
    other.visitor("alice").deny(&tv)?;
    assert!(!poll.is_woken(), "the other node cannot wake it");
    waits.pass(INTERVAL);
    assert!(poll.is_woken());
    assert_eq!(poll.error(), "access_denied");
    Ok(())
}

#[test]
fn a_poll_that_waits_is_one_poll_and_one_look_each_interval() {
    let events = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&events);
    let observer = move |event: &Event| heard.lock().unwrap().push(event.kind.name());
    let waits = Waits::with(|builder| builder.observer(observer));
    let tv = waits.tv();
    events.lock().unwrap().clear();
    waits.server.store.forget_calls();
    let mut poll = waits.wait(&tv, "wait=12");
    for _ in 0..12 {
        waits.pass(SECOND);
        let _ = poll.answer();
    }
    let calls = waits.server.store.calls();
    let looks = [StoreCall::Find; 3];
    assert_eq!(calls.first(), Some(&StoreCall::RecordPoll));
    assert_eq!(
        calls.get(1..),
        Some(looks.as_slice()),
        "after 5, 10 and 12 s"
    );
    let events = events.lock().unwrap();
    let polls = events.iter().filter(|name| **name != "port_called");
    assert_eq!(polls.copied().collect::<Vec<_>>(), ["poll_pending"]);
}

#[test]
fn a_poll_that_is_early_or_a_twin_is_answered_at_once() {
    let waits = Waits::new();
    let tv = waits.tv();
    let first = waits.wait(&tv, "wait=20");
    for (after, error) in [(0, "authorization_pending"), (2, "slow_down")] {
        waits.pass(after * SECOND);
        let mut early = waits.wait(&tv, "wait=20");
        let answer = early.answer().expect("it does not wait");
        assert_eq!(
            (answer.json["error"].as_str(), answer.applied),
            (Some(error), None)
        );
    }
    assert_eq!(waits.number(), 1);
    drop(first);
    assert_eq!(waits.number(), 0);
}

#[test]
fn a_device_that_waits_and_polls_again_is_never_slowed() -> Test {
    let waits = Waits::new();
    let tv = waits.tv();
    for _ in 0..5 {
        let mut poll = waits.wait(&tv, "wait=5");
        waits.pass(INTERVAL);
        assert_eq!(poll.error(), "authorization_pending");
    }
    assert_eq!(tv.poll()?, Poll::Pending);
    Ok(())
}

#[test]
fn a_later_poll_takes_the_place_of_the_one_before() -> Test {
    let waits = Waits::with(|builder| builder.waiting_polls(2, 30 * SECOND));
    let tv = waits.tv();
    let mut lost = waits.wait(&tv, "wait=30");
    waits.pass(INTERVAL);
    let _ = lost.answer();
    let mut next = waits.wait(&tv, "wait=30");
    assert!(lost.is_woken());
    let answer = lost.answer().expect("its place is taken");
    assert_eq!(answer.json["error"], "authorization_pending");
    assert_eq!((answer.applied, waits.number()), (None, 1));
    waits.server.t.visitor("alice").approve(&tv)?;
    assert_eq!(next.answer().expect("tokens").status, 200);
    Ok(())
}

#[test]
fn a_poll_that_ends_late_leaves_the_place_of_the_next_alone() -> Test {
    let waits = Waits::new();
    let tv = waits.tv();
    let lost = waits.wait(&tv, "wait=30");
    waits.pass(INTERVAL);
    let mut next = waits.wait(&tv, "wait=30");
    drop(lost);
    waits.server.t.visitor("alice").approve(&tv)?;
    assert!(next.is_woken());
    assert_eq!(next.answer().expect("tokens").status, 200);
    Ok(())
}

#[test]
fn one_without_the_key_ends_no_wait() -> Test {
    let waits = Waits::new();
    let key = KeyThumbprint::from_bytes([7; 32]);
    let tv = waits.server.t.device("tv").key(key).authorize("openid")?;
    let poll = waits.wait(&tv, "wait=30");
    waits.pass(INTERVAL);
    let stolen = &tv.response().device_code;
    let stranger = DeviceTokenRequest::new(&**stolen).with_prefer(["wait=30"]);
    let mut stranger = begin(waits.server.t.grants(), &tv, stranger);
    assert_eq!(stranger.error(), "invalid_grant");
    assert_eq!(
        (waits.number(), poll.is_woken()),
        (1, true),
        "its interval is over"
    );
    Ok(())
}

#[test]
fn beyond_the_number_that_may_wait_answers_are_plain() {
    let waits = Waits::with(|builder| builder.waiting_polls(2, 30 * SECOND));
    let devices = [waits.tv(), waits.tv(), waits.tv()];
    let [first, _second, mut third] = devices.each_ref().map(|tv| waits.wait(tv, "wait=30"));
    let answer = third.answer().expect("two wait already");
    assert_eq!(
        (answer.status, answer.applied, waits.number()),
        (400, None, 2)
    );
    drop(first);
    waits.pass(INTERVAL);
    let [.., third] = &devices;
    assert!(
        waits.wait(third, "wait=30").answer().is_none(),
        "there is room again"
    );
}

#[test]
fn without_a_timer_or_with_no_room_nobody_waits() {
    let untimed = Server::new([]);
    let tv = untimed.t.device("tv").authorize("openid").unwrap();
    let request = tv.poll_request().with_prefer(["wait=30"]);
    assert!(begin(untimed.t.grants(), &tv, request).answer().is_some());
    let waits = Waits::with(|builder| builder.waiting_polls(0, 30 * SECOND));
    assert!(waits.wait(&waits.tv(), "wait=30").answer().is_some());
}

#[test]
fn without_the_preference_nobody_waits() {
    let waits = Waits::new();
    for prefer in ["", "respond-async", "wait=-1", "wait=0"] {
        let answer = waits
            .wait(&waits.tv(), prefer)
            .answer()
            .expect("it is answered");
        assert_eq!(answer.applied, None, "{prefer:?}");
    }
}

#[test]
fn a_server_that_stops_ends_all_waits_and_begins_none() -> Test {
    let waits = Waits::new();
    let (tv, other) = (waits.tv(), waits.tv());
    let mut poll = waits.wait(&tv, "wait=30");
    waits.server.t.grants().end_waits();
    assert!(poll.is_woken());
    let answer = poll.answer().expect("it is answered");
    assert_eq!(answer.json["error"], "authorization_pending");
    assert_eq!((answer.applied, waits.number()), (None, 0));
    assert!(waits.wait(&other, "wait=30").answer().is_some());
    waits.server.t.visitor("alice").approve(&tv)?;
    assert_eq!(
        tv.poll()?,
        Poll::Tokens,
        "the server answers all else as before"
    );
    Ok(())
}

#[test]
fn a_store_that_fails_during_the_wait_ends_it_as_retryable() {
    let waits = Waits::new();
    let tv = waits.tv();
    let mut poll = waits.wait(&tv, "wait=30");
    waits
        .server
        .store
        .disrupt(StoreCall::Find.always(), Disruption::FailBefore);
    waits.pass(INTERVAL);
    let answer = poll.answer().expect("nothing is known of the grant");
    assert_eq!((answer.status, answer.applied), (503, None));
    assert_eq!(answer.json["error"], "temporarily_unavailable");
}

#[test]
fn a_store_that_answers_a_wait_with_a_row_of_another_is_not_believed() {
    for lie in LIES {
        let waits = Waits::new();
        let store = ChangedRows::of(waits.server.store.clone());
        let (clock, timer) = (waits.server.t.clock().clone(), waits.hand.clone());
        let t = Scenario::on_clock(clock, ScriptedIssuer::new([]), |builder| {
            builder.store(store.clone()).timer(timer)
        });
        let t = t.unwrap();
        let tv = t.device("tv").authorize("openid").unwrap();
        let request = tv.poll_request().with_prefer(["wait=20"]);
        let mut poll = begin(t.grants(), &tv, request);
        store.lie(lie);
        waits.pass(INTERVAL);
        assert_eq!(poll.error(), "invalid_grant");
    }
}

#[test]
fn an_issuer_that_cannot_work_ends_the_wait_as_pending() -> Test {
    let hand = Hand::default();
    let timer = hand.clone();
    let script = [device_grant::testing::Script::Unavailable];
    let server = Server::with(script, |builder| builder.timer(timer));
    let waits = Waits { server, hand };
    let tv = waits.tv();
    let mut poll = waits.wait(&tv, "wait=30");
    waits.server.t.visitor("alice").approve(&tv)?;
    assert_eq!(poll.error(), "authorization_pending");
    Ok(())
}

/// A store in which somebody decides just after a poll was recorded.
struct JustAfter {
    inner: MemoryStore,
    decide: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

#[async_trait]
impl GrantStore for JustAfter {
    async fn insert(&self, new: &NewRow) -> Result<Option<Timestamp>, PortError> {
        self.inner.insert(new).await
    }

    async fn find(&self, id: &GrantId) -> Result<Option<Row>, PortError> {
        self.inner.find(id).await
    }

    async fn find_by_user_code(&self, codes: &[UserCodeDigest]) -> Result<Vec<Row>, PortError> {
        self.inner.find_by_user_code(codes).await
    }

    async fn replace(&self, replacement: &Replacement) -> Result<bool, PortError> {
        self.inner.replace(replacement).await
    }

    async fn record_poll(&self, poll: &PollRecord) -> Result<Option<Row>, PortError> {
        let polled = self.inner.record_poll(poll).await;
        let decide = self.decide.lock().unwrap().take();
        if let Some(decide) = decide {
            decide();
        }
        polled
    }

    async fn now(&self) -> Result<Timestamp, PortError> {
        self.inner.now().await
    }

    async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        self.inner.purge(limit).await
    }

    async fn check(&self) -> Result<Vec<String>, PortError> {
        self.inner.check().await
    }
}

#[test]
fn a_decision_between_the_look_and_the_wait_is_not_missed() -> Test {
    let hand = Hand::default();
    let store = Arc::new(JustAfter {
        inner: MemoryStore::new(),
        decide: Mutex::default(),
    });
    let t = Scenario::with(ScriptedIssuer::new([]), |builder| {
        builder.timer(hand.clone()).store(Arc::clone(&store))
    })?;
    let tv = t.device("tv").client(client("tv")).authorize("openid")?;
    let (scenario, device) = (t.clone(), tv.clone());
    *store.decide.lock().unwrap() = Some(Box::new(move || {
        scenario.visitor("alice").approve(&device).unwrap();
    }));
    let request = tv.poll_request().with_prefer(["wait=30"]);
    let mut poll = begin(t.grants(), &tv, request);
    assert_eq!(poll.answer().expect("it does not wait").status, 200);
    Ok(())
}

#[test]
fn events_of_a_wait_that_ends_are_those_of_any_poll() -> Test {
    let events = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&events);
    let observer = move |event: &Event| heard.lock().unwrap().push(event.kind.clone());
    let waits = Waits::with(|builder| builder.observer(observer));
    let tv = waits.tv();
    let mut poll = waits.wait(&tv, "wait=30");
    waits.server.t.visitor("alice").approve(&tv)?;
    let _ = poll.answer();
    let events = events.lock().unwrap();
    let of_polls = events.iter().filter(|kind| {
        matches!(
            kind,
            EventKind::PollPending | EventKind::Redeemed | EventKind::Approved
        )
    });
    let expected = [
        EventKind::PollPending,
        EventKind::Approved,
        EventKind::Redeemed,
    ];
    assert_eq!(of_polls.cloned().collect::<Vec<_>>(), expected);
    Ok(())
}
