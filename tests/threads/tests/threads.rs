//! Threads that share a store, a limiter and the polls that wait, in one order after another.
//!
//! `shuttle` runs them one at a time, and chooses at each lock and counter which of them goes on. A thread that waits for
//! something that never comes is a deadlock, which it reports.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use device_grant::code::CodeKeys;
use device_grant::grant::Arrival;
use device_grant::host::{
    Charge, Charged, Client, GrantStore, LimitKey, Limiter, PollRecord, Quota, Redemption, Terms,
    Timer, Visitor, async_trait, issuer_fn,
};
use device_grant::limiter::MemoryLimiter;
use device_grant::message::{DeviceAuthorizationResponse, TokenResponse};
use device_grant::store::MemoryStore;
use device_grant::testing::conformance::store::fixtures::{
    FORGET, Shape, at, code, id, new_row, row,
};
use device_grant::testing::{ManualClock, SeededEntropy, Unlimited};
use device_grant::{Approval, DeviceAuthorizationRequest, DeviceGrants, DeviceTokenRequest};
use shuttle::future::block_on;
use shuttle::thread;

use self::orders::explore;

mod orders;

/// A store with the grants of these numbers.
fn store(numbers: impl IntoIterator<Item = u64>) -> (Arc<MemoryStore>, ManualClock) {
    let clock = ManualClock::new();
    clock.set(at(0));
    let store = MemoryStore::new().with_clock(clock.clone());
    for number in numbers {
        let inserted = block_on(store.insert(&new_row(number))).unwrap();
        assert!(inserted.is_some());
    }
    (Arc::new(store), clock)
}

#[test]
fn of_decisions_over_one_revision_one_is_written_and_polls_take_nothing_of_it() {
    explore(|| {
        let (store, _) = store([1]);
        let deciding: Vec<_> = [(Shape::approved(), 2), (Shape::denied(), 3)]
            .into_iter()
            .map(|(shape, revision)| {
                let store = Arc::clone(&store);
                let next = shape.over(&row(1), revision);
                thread::spawn(move || {
                    let won = block_on(store.replace(&next)).unwrap();
                    won.then_some(next)
                })
            })
            .collect();
        let polling = [(); 2].map(|()| {
            let store = Arc::clone(&store);
            thread::spawn(move || block_on(store.record_poll(&PollRecord::new(id(1)))).unwrap())
        });
        let polled = polling.map(|polling| polling.join().unwrap().unwrap());
        let mut won = deciding
            .into_iter()
            .filter_map(|deciding| deciding.join().unwrap());
        let (winner, second) = (won.next().unwrap(), won.next());
        assert!(second.is_none());
        let row = block_on(store.find(&id(1))).unwrap().unwrap();
        assert_eq!(
            (row.revision, &row.body, row.is_pending),
            (winner.revision, &winner.body, false)
        );
        for polled in polled {
            // A row as it was before or after the decision, and nothing of both.
            assert!([1, winner.revision].contains(&polled.revision));
            assert_eq!(polled.is_pending, polled.revision == 1);
            assert_eq!(polled.paced.is_some(), polled.is_pending);
        }
    });
}

#[test]
fn of_grants_with_one_user_code_one_is_stored() {
    explore(|| {
        let (store, _) = store([]);
        let inserting = [1, 2].map(|number| {
            let store = Arc::clone(&store);
            let mut new = new_row(number);
            new.user_code = Some(code(7));
            thread::spawn(move || block_on(store.insert(&new)).unwrap().is_some())
        });
        let looking = {
            let store = Arc::clone(&store);
            thread::spawn(move || block_on(store.find_by_user_code(&[code(7)])).unwrap().len())
        };
        assert!(looking.join().unwrap() <= 1);
        let stored = inserting.map(|inserting| inserting.join().unwrap());
        assert_ne!(stored[0], stored[1]);
        let found = block_on(store.find_by_user_code(&[code(7)])).unwrap();
        let kept = if stored[0] { id(1) } else { id(2) };
        assert_eq!(found.iter().map(|row| row.id).collect::<Vec<_>>(), [kept]);
        assert_eq!(store.len(), 1);
    });
}

#[test]
fn a_purge_forgets_what_is_due_once_and_frees_its_user_code() {
    explore(|| {
        let (store, clock) = store([1, 2, 3]);
        clock.set(at(FORGET));
        let purging = [(); 2].map(|()| {
            let store = Arc::clone(&store);
            thread::spawn(move || block_on(store.purge(10)).unwrap())
        });
        let inserting = {
            let store = Arc::clone(&store);
            let mut new = new_row(4);
            new.user_code = Some(code(1));
            thread::spawn(move || block_on(store.insert(&new)).unwrap().is_some())
        };
        let purged: u64 = purging
            .into_iter()
            .map(|purging| purging.join().unwrap())
            .sum();
        let is_inserted = inserting.join().unwrap();
        // An insertion forgets as well, and says nothing of it.
        assert!(purged <= 3);
        assert_eq!(block_on(store.purge(10)).unwrap(), 0);
        assert_eq!(store.len(), usize::from(is_inserted));
        let found = block_on(store.find_by_user_code(&[code(1)])).unwrap();
        assert_eq!(found.len(), usize::from(is_inserted));
    });
}

#[test]
fn of_charges_to_one_quota_no_more_are_allowed_than_it_has() {
    explore(|| {
        let clock = ManualClock::new();
        let limiter = Arc::new(MemoryLimiter::new().with_clock(clock));
        let charging = [(); 4].map(|()| {
            let limiter = Arc::clone(&limiter);
            thread::spawn(move || {
                let key = LimitKey::new("entries", "https://as.example", "alice");
                let charge = Charge::take(key, Quota::new(2, Duration::from_secs(60)));
                matches!(
                    block_on(limiter.charge(&[charge])).unwrap(),
                    Charged::Allowed
                )
            })
        });
        let allowed = charging.map(|charging| charging.join().unwrap());
        assert_eq!(allowed.into_iter().filter(|allowed| *allowed).count(), 2);
    });
}

/// Time does not pass: what a poll waits for has to come.
struct Never;

#[async_trait]
impl Timer for Never {
    async fn sleep(&self, _duration: Duration) {
        pending().await
    }
}

/// A server with a device.
fn server() -> (DeviceGrants, DeviceAuthorizationResponse) {
    let issuer = issuer_fn(|_: Redemption| async {
        Ok(TokenResponse::bearer("token", Duration::from_secs(60)))
    });
    let clock = ManualClock::new();
    let grants = DeviceGrants::builder("https://as.example", issuer)
        .verification_uri("https://as.example/activate")
        .store(MemoryStore::new().with_clock(clock.clone()))
        .limiter(Unlimited)
        .keys(CodeKeys::from_bytes([[7; 32]]).unwrap())
        .clock(clock)
        .entropy(SeededEntropy::new(0))
        .timer(Never)
        .build()
        .unwrap();
    let request = DeviceAuthorizationRequest::from_pairs([("scope", "openid")]).unwrap();
    let codes = block_on(grants.authorize(&tv(), request)).unwrap();
    (grants, codes)
}

fn tv() -> Client {
    Client::new("tv").device_grant(Terms::new("openid".parse().unwrap()))
}

/// Polls, and waits until somebody decides; returns the status of the answer.
fn wait(grants: &DeviceGrants, codes: &DeviceAuthorizationResponse) -> u16 {
    let request = DeviceTokenRequest::new(&*codes.device_code).with_prefer(Some("wait=20"));
    block_on(grants.poll_or_wait(&tv(), request))
        .unwrap()
        .status
}

fn approve(grants: &DeviceGrants, codes: &DeviceAuthorizationResponse) {
    let alice = Visitor::new("alice");
    let review = block_on(grants.review(&codes.user_code, Arrival::Typed, &alice)).unwrap();
    block_on(grants.approve(&review.ticket, &alice, Approval::all())).unwrap();
}

#[test]
fn a_poll_that_waits_hears_of_the_approval_whenever_it_comes() {
    explore(|| {
        let (grants, codes) = server();
        let waiting = {
            let (grants, codes) = (grants.clone(), codes.clone());
            thread::spawn(move || wait(&grants, &codes))
        };
        approve(&grants, &codes);
        assert_eq!(waiting.join().unwrap(), 200);
        assert_eq!(grants.waiting_polls(), 0);
    });
}

#[test]
fn of_two_polls_of_a_device_that_wait_one_gets_the_tokens_and_none_waits_for_ever() {
    explore(|| {
        let (grants, codes) = server();
        let waiting = [(); 2].map(|()| {
            let (grants, codes) = (grants.clone(), codes.clone());
            thread::spawn(move || wait(&grants, &codes))
        });
        approve(&grants, &codes);
        let answers = waiting.map(|waiting| waiting.join().unwrap());
        assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1);
        assert_eq!(grants.waiting_polls(), 0);
    });
}

#[test]
fn a_server_that_stops_leaves_no_poll_waiting() {
    explore(|| {
        let (grants, codes) = server();
        let waiting = {
            let (grants, codes) = (grants.clone(), codes.clone());
            thread::spawn(move || wait(&grants, &codes))
        };
        grants.end_waits();
        assert_eq!(waiting.join().unwrap(), 400);
        assert_eq!(grants.waiting_polls(), 0);
    });
}
