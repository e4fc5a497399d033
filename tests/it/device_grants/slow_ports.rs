//! Calls of ports that take too long.

use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use device_grant::grant::Facts;
use device_grant::host::{
    Event, EventKind, PortError, Timer, TokenRevocation, TokenRevoker, Visitor, async_trait,
};
use device_grant::store::MemoryStore;
use device_grant::testing::{
    Disruption, FaultyStore, Ran, Scenario, Script, ScriptedIssuer, StepError, StoreCall,
    WaitingDevice, block_on,
};
use device_grant::{DeviceGrants, Fault, PollOutcome};

use super::{SECOND, Server, Test};

/// Time that passes at once up to a bound, and then stands still.
struct UpTo(Duration);

#[async_trait]
impl Timer for UpTo {
    async fn sleep(&self, duration: Duration) {
        if duration > self.0 {
            pending::<()>().await;
        }
    }
}

/// Counts how often it is begun, and never ends.
struct Counted(Arc<AtomicUsize>);

impl Timer for Counted {
    // Written out: what `async_trait` makes of a body runs at the first poll.
    fn sleep<'a, 'b>(&'a self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + 'b>>
    where
        'a: 'b,
        Self: 'b,
    {
        self.0.fetch_add(1, Ordering::Relaxed);
        Box::pin(pending())
    }
}

/// A server with this timer, and what its observer hears.
fn timed(
    timer: impl Timer + 'static,
    script: impl IntoIterator<Item = Script>,
) -> (Server, Arc<Mutex<Vec<Event>>>) {
    let events = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&events);
    let server = Server::with(script, |builder| {
        let heard = move |event: &Event| heard.lock().unwrap().push(event.clone());
        builder.timer(timer).observer(heard)
    });
    (server, events)
}

#[test]
fn a_call_that_is_ready_at_once_begins_no_timer() -> Test {
    let begun = Arc::new(AtomicUsize::new(0));
    let (server, _) = timed(Counted(Arc::clone(&begun)), []);
    let tv = server.t.device("tv").authorize("")?;
    assert_eq!(tv.poll()?, device_grant::testing::Poll::Pending);
    assert_eq!(begun.load(Ordering::Relaxed), 0);
    Ok(())
}

#[test]
fn a_store_that_does_not_answer_is_given_up_and_the_device_told_to_come_back() -> Test {
    let (server, events) = timed(UpTo(5 * SECOND), []);
    let tv = server.t.device("tv").authorize("")?;
    let hangs = StoreCall::RecordPoll.nth(1);
    server.store.disrupt(hangs, Disruption::HangBefore);
    assert!(matches!(
        tv.poll(),
        Err(StepError::Fault {
            retryable: true,
            ..
        })
    ));
    let lines: Vec<_> = events.lock().unwrap()[3..]
        .iter()
        .map(Event::to_string)
        .collect();
    let call = "port=store operation=record_poll";
    let cause =
        r#"cause="the store cannot be used: the port is unavailable: no answer within 5000 ms""#;
    let expected = [
        format!("port_slow {call}"),
        format!("port_called {call} took=0.000000s ok=false"),
        format!("fault {call} retryable=true {cause}"),
    ];
    assert_eq!(lines, expected);
    assert_eq!(tv.poll()?, device_grant::testing::Poll::Pending);
    Ok(())
}

#[test]
fn without_a_timer_a_call_takes_as_long_as_it_takes() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    let hangs = StoreCall::RecordPoll.nth(1);
    server.store.disrupt(hangs, Disruption::HangBefore);
    assert_eq!(tv.poll()?, device_grant::testing::Poll::Hung);
    Ok(())
}

#[test]
fn an_issuer_that_hangs_is_told_of_and_not_given_up() -> Test {
    let (server, events) = timed(UpTo(300 * SECOND), [Script::Hang]);
    let tv = server.approved_device();
    assert_eq!(tv.poll()?, device_grant::testing::Poll::Hung);
    let last = events.lock().unwrap().last().unwrap().kind.clone();
    let (port, operation) = ("issuer", "issue");
    assert_eq!(last, EventKind::PortSlow { port, operation });
    Ok(())
}

/// A poll that was begun, and how it stands.
fn begin(grants: &DeviceGrants, tv: &WaitingDevice) -> (Waiting, Poll<Result<PollOutcome, Fault>>) {
    let (grants, client) = (grants.clone(), tv.client().clone());
    let request = tv.poll_request();
    let mut poll: Waiting = Box::pin(async move { grants.poll(&client, request).await });
    let now = poll.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    (poll, now)
}

fn is_refused(now: &Poll<Result<PollOutcome, Fault>>) -> bool {
    matches!(now, Poll::Ready(Err(shed)) if shed.reply().status == 503)
}

#[test]
fn a_store_that_stands_still_gathers_64_calls_and_no_more() -> Test {
    let (server, _) = timed(UpTo(SECOND), []);
    let tvs: Vec<_> = (0..65)
        .map(|_| server.t.device("tv").authorize(""))
        .collect::<Result<_, _>>()?;
    let hangs = StoreCall::RecordPoll.always();
    server.store.disrupt(hangs, Disruption::HangBefore);
    let grants = server.t.grants();
    let waiting: Vec<_> = tvs[..64].iter().map(|tv| begin(grants, tv)).collect();
    assert!(waiting.iter().all(|(_, now)| now.is_pending()));
    assert!(
        is_refused(&begin(grants, &tvs[64]).1),
        "the 65th poll is not begun"
    );
    assert!(server.t.device("tv").authorize("").is_err());
    drop(waiting);
    assert!(
        begin(grants, &tvs[64]).1.is_pending(),
        "there is room again"
    );
    Ok(())
}

/// Polls of one grant wait for each other, or for the lock of one row.
#[test]
fn waiting_polls_of_one_grant_are_64_at_most_and_have_no_other_call_refused() -> Test {
    let (server, _) = timed(UpTo(SECOND), []);
    let [tv, other] = [(); 2].map(|()| server.t.device("tv").authorize("").unwrap());
    let hangs = StoreCall::RecordPoll.always();
    server.store.disrupt(hangs, Disruption::HangBefore);
    let grants = server.t.grants();
    let waiting: Vec<_> = (0..64).map(|_| begin(grants, &tv)).collect();
    assert!(waiting.iter().all(|(_, now)| now.is_pending()));
    server.store.heal();
    assert!(
        is_refused(&begin(grants, &tv).1),
        "the 65th poll of the grant is not begun"
    );
    assert_eq!(other.poll()?, device_grant::testing::Poll::Pending);
    server.t.device("tv").authorize("")?;
    drop(waiting);
    assert_eq!(tv.poll()?, device_grant::testing::Poll::Pending);
    Ok(())
}

/// A revoker that never answers.
struct NoAnswer;

#[async_trait]
impl TokenRevoker for NoAnswer {
    async fn revoke_grant(&self, _: &Facts) -> Result<(), PortError> {
        pending().await
    }

    async fn revoke_token(&self, _: &TokenRevocation) -> Result<bool, PortError> {
        pending().await
    }
}

#[test]
fn a_directory_and_a_revoker_that_do_not_answer_are_given_up() -> Test {
    let store = FaultyStore::new(MemoryStore::new());
    let t = Scenario::with(ScriptedIssuer::new([]), |builder| {
        builder
            .timer(UpTo(5 * SECOND))
            .store(store.clone())
            .directory(store.clone())
            .retention(600 * SECOND)
            .token_revoker(NoAnswer)
    })?;
    store.disrupt(StoreCall::List.nth(1), Disruption::HangBefore);
    let alice = Visitor::new("alice").with_session("s1");
    let Ran::Done(listed) = block_on(t.grants().list_own(&alice, None, 10)) else {
        panic!("it is given up")
    };
    assert!(listed.unwrap_err().is_retryable());
    let tv = t.device("tv").authorize("")?;
    t.visitor("alice").approve(&tv)?;
    assert_eq!(tv.poll()?, device_grant::testing::Poll::Tokens);
    let Ran::Done(revoked) = block_on(t.grants().revoke_as_administrator(&tv.grant_id())) else {
        panic!("it is given up")
    };
    assert!(revoked.unwrap_err().is_retryable());
    Ok(())
}

/// Refused, the commit would leave open whether the tokens are out.
#[test]
fn tokens_are_committed_however_many_calls_became_slow_since_the_poll_began() -> Test {
    let (server, _) = timed(UpTo(SECOND), []);
    let tv = server.approved_device();
    let (become_slow, others) = sixty_four_slow_polls(&server)?;
    let become_slow = Disruption::meanwhile(become_slow);
    server.store.disrupt(StoreCall::Replace.nth(1), become_slow);
    assert_eq!(tv.poll()?, device_grant::testing::Poll::Tokens);
    assert_eq!(others.lock().unwrap().len(), 64);
    Ok(())
}

/// Refused, the look at the grant would leave open whether tokens that nobody has live on.
#[test]
fn tokens_of_a_grant_revoked_meanwhile_are_discarded_however_many_calls_are_slow() -> Test {
    let (server, events) = timed(UpTo(SECOND), []);
    let tv = server.approved_device();
    let (become_slow, others) = sixty_four_slow_polls(&server)?;
    let (grants, id) = (server.t.grants().clone(), tv.grant_id());
    server.issuer.then(Script::meanwhile(move |_| {
        let revoked = block_on(grants.revoke_as_administrator(&id));
        assert!(matches!(revoked, Ran::Done(Ok(_))), "{revoked:?}");
        become_slow();
    }));
    let polled = tv.poll();
    assert_eq!(others.lock().unwrap().len(), 64);
    assert_eq!(server.issuer.discarded().len(), 1, "{polled:?}");
    let events = events.lock().unwrap();
    assert!(
        events
            .iter()
            .all(|event| event.kind != EventKind::CommitUnknown)
    );
    Ok(())
}

/// Makes a function that has the store hang at polls and begins 64 polls of other grants, and a place that keeps these polls.
fn sixty_four_slow_polls(
    server: &Server,
) -> Result<(impl Fn() + Send + Sync + use<>, Kept), StepError> {
    let tvs: Vec<_> = (0..64)
        .map(|_| server.t.device("tv").authorize(""))
        .collect::<Result<_, _>>()?;
    let polls = Kept::default();
    let slow = Arc::clone(&polls);
    let (store, grants) = (server.store.clone(), server.t.grants().clone());
    let begin_them = move || {
        store.disrupt(StoreCall::RecordPoll.always(), Disruption::HangBefore);
        for (poll, now) in tvs.iter().map(|tv| begin(&grants, tv)) {
            assert!(now.is_pending());
            slow.lock().unwrap().push(poll);
        }
    };
    Ok((begin_them, polls))
}

/// Polls that are kept under way.
type Kept = Arc<Mutex<Vec<Waiting>>>;

/// A poll under way.
type Waiting = Pin<Box<dyn Future<Output = Result<PollOutcome, Fault>> + Send>>;
