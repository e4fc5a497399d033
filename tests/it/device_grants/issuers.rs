//! Several issuers on one store: to each of them, the grants of the others do not exist.

use device_grant::device_grants::{DecisionError, PollOutcome, Review, ReviewTicket, Revocation};
use device_grant::host::{GrantStore, GrantsOf, Row, Ruling, Visitor};
use device_grant::message::ErrorResponse;
use device_grant::store::MemoryStore;
use device_grant::testing::{
    Checkpoint, FaultyStore, ManualClock, Poll, Ran, RecordedEvents, Scenario, ScriptedIssuer,
    ScriptedPolicy, StepError, WaitingDevice, block_on,
};
use device_grant::{Approval, DeviceGrants};

use super::revoker::Revoker;
use super::{SECOND, Test};

/// Two servers that share a store and nothing else.
struct Two {
    a: Scenario,
    b: Scenario,
    store: FaultyStore<MemoryStore>,
    policy_of_b: ScriptedPolicy,
    revoker_of_a: Revoker,
}

impl Two {
    fn new() -> Self {
        let clock = ManualClock::new();
        let store = FaultyStore::new(MemoryStore::new().with_clock(clock.clone()));
        let (policy_of_b, revoker_of_a) = (ScriptedPolicy::new(), Revoker::default());
        let server = |issuer: &str| {
            let events = RecordedEvents::new();
            let verification_uri = format!("{issuer}/activate");
            let builder = DeviceGrants::builder(issuer, ScriptedIssuer::new([]))
                .verification_uri(verification_uri)
                .in_memory()
                .store(store.clone())
                .directory(store.clone())
                .retention(3_600 * SECOND)
                .clock(clock.clone())
                .observer(events.clone());
            (builder, events)
        };
        let (a, events_of_a) = server("https://a.example");
        let (b, events_of_b) = server("https://b.example");
        let a = a.token_revoker(revoker_of_a.clone()).build().unwrap();
        let b = b.policy(policy_of_b.clone()).build().unwrap();
        Self {
            a: Scenario::around(a, clock.clone(), events_of_a),
            b: Scenario::around(b, clock.clone(), events_of_b),
            store,
            policy_of_b,
            revoker_of_a,
        }
    }

    fn row(&self, device: &WaitingDevice) -> Row {
        let Ran::Done(Ok(Some(found))) = block_on(self.store.inner().find(&device.grant_id()))
        else {
            panic!("the grant is there");
        };
        found
    }
}

/// A grant of the other issuer, with everything by which it can be named.
struct Theirs {
    tv: WaitingDevice,
    ticket: ReviewTicket,
    review: Review,
}

/// Calls a method, and returns whether it answers as if the grant did not exist.
type Method = fn(&Scenario, &Theirs) -> bool;

const REFUSED: Result<(), StepError> = Err(StepError::TicketRefused);

fn done<T>(ran: Ran<T>) -> T {
    match ran {
        Ran::Done(value) => value,
        Ran::Hung | Ran::Panicked(_) => panic!("it does not end"),
    }
}

/// Every method that takes a ticket, an id, a code, a subject or a client.
const METHODS: [(&str, Method); 21] = [
    ("approve", |t, theirs| {
        t.visitor("alice").approve(&theirs.ticket) == REFUSED
    }),
    ("deny", |t, theirs| {
        t.visitor("alice").deny(&theirs.ticket) == REFUSED
    }),
    ("report_not_me", |t, theirs| {
        t.visitor("alice").report_not_me(&theirs.ticket) == REFUSED
    }),
    ("release", |t, theirs| {
        t.visitor("alice").release(&theirs.ticket) == REFUSED
    }),
    ("review", |t, theirs| {
        let found = t.visitor("alice").type_code(theirs.tv.user_code());
        found.err() == Some(StepError::UnknownUserCode)
    }),
    ("revisit", |t, theirs| {
        let alice = Visitor::new("alice");
        let code = theirs.tv.user_code();
        let found = done(block_on(t.grants().revisit(&theirs.ticket, code, &alice)));
        matches!(found, Err(DecisionError::Refused))
    }),
    ("check_approval", |t, theirs| {
        let (alice, all) = (Visitor::new("alice"), Approval::all());
        let checked = t.grants().check_approval(&theirs.review, &alice, &all);
        matches!(done(block_on(checked)), Err(DecisionError::Refused))
    }),
    ("poll", |t, theirs| {
        let polled = t
            .grants()
            .poll(theirs.tv.client(), theirs.tv.poll_request());
        matches!(done(block_on(polled)), Ok(PollOutcome::InvalidGrant))
    }),
    ("poll_or_wait", |t, theirs| {
        let request = theirs.tv.poll_request().with_prefer(["wait=30"]);
        let polled = t.grants().poll_or_wait(theirs.tv.client(), request);
        let reply = done(block_on(polled)).unwrap();
        let invalid_grant = br#"{"error":"invalid_grant""#;
        reply.status == 400 && reply.body.starts_with(invalid_grant)
    }),
    ("cancel", |t, theirs| {
        let (client, request) = (theirs.tv.client(), theirs.tv.poll_request());
        let cancelled = done(block_on(t.grants().cancel(client, request)));
        matches!(cancelled, Ok(Revocation::NothingToRevoke))
    }),
    ("revoke_as_administrator", |t, theirs| {
        t.revoke(&theirs.tv.grant_id()) == Ok(Revocation::NothingToRevoke)
    }),
    ("revoke_where_as_administrator", |t, _| {
        [
            GrantsOf::Subject("alice".into()),
            GrantsOf::Client("tv".into()),
        ]
        .iter()
        .all(|of| {
            let revoked = done(block_on(t.grants().revoke_where_as_administrator(of)));
            revoked.unwrap() == Default::default()
        })
    }),
    ("revoke_own", |t, theirs| {
        let (id, alice) = (theirs.tv.grant_id(), Visitor::new("alice"));
        let revoked = done(block_on(t.grants().revoke_own(&id, &alice)));
        matches!(revoked, Ok(Revocation::NothingToRevoke))
    }),
    ("report_own_not_me", |t, theirs| {
        let (id, alice) = (theirs.tv.grant_id(), Visitor::new("alice"));
        let reported = done(block_on(t.grants().report_own_not_me(&id, &alice)));
        matches!(reported, Ok(Revocation::NothingToRevoke))
    }),
    ("undo_approval", |t, theirs| {
        let (id, alice) = (theirs.tv.grant_id(), Visitor::new("alice"));
        let undone = done(block_on(t.grants().undo_approval(&id, &alice)));
        matches!(undone, Ok(false))
    }),
    ("revoke_all_own", |t, _| {
        let revoked = done(block_on(t.grants().revoke_all_own(&Visitor::new("alice"))));
        revoked.unwrap() == Default::default()
    }),
    ("list_own", |t, _| {
        let alice = Visitor::new("alice");
        let listed = done(block_on(t.grants().list_own(&alice, None, 1))).unwrap();
        listed.grants.is_empty() && listed.next.is_none()
    }),
    ("list_as_administrator", |t, _| {
        [
            GrantsOf::Subject("alice".into()),
            GrantsOf::Client("tv".into()),
        ]
        .iter()
        .all(|of| {
            let listed = done(block_on(t.grants().list_as_administrator(of, None, 1))).unwrap();
            // A cursor names a grant, too.
            listed.grants.is_empty() && listed.next.is_none()
        })
    }),
    ("find_as_administrator", |t, theirs| {
        let id = theirs.tv.grant_id();
        let found = done(block_on(t.grants().find_as_administrator(&id)));
        found.unwrap().is_none()
    }),
    ("find_by_user_code_as_administrator", |t, theirs| {
        let (grants, code) = (t.grants(), theirs.tv.user_code());
        let found = done(block_on(grants.find_by_user_code_as_administrator(code)));
        found.unwrap().is_empty()
    }),
    ("erase_as_administrator", |t, _| {
        let alice = "alice".into();
        let erased = done(block_on(t.grants().erase_as_administrator(&alice)));
        erased.unwrap() == Default::default()
    }),
];

/// Methods that name no grant.
const OTHERS: [&str; 7] = [
    "authorize",
    "check",
    "listen",
    "purge",
    "purge_all",
    "purge_regularly",
    "revoke_token",
];

#[test]
fn no_method_reads_or_changes_what_is_another_issuers() -> Test {
    for (method, is_unknown) in METHODS {
        for stage in ["pending", "approved", "redeemed"] {
            let two = Two::new();
            let tv = two.b.device("tv").authorize("openid")?;
            let alice = two.b.visitor("alice");
            let review = alice.review(&tv)?;
            let ticket = review.ticket;
            if stage != "pending" {
                alice.approve(&ticket)?;
            }
            if stage == "redeemed" {
                assert_eq!(tv.poll()?, Poll::Tokens);
            }
            let before = two.row(&tv);
            let id = tv.grant_id();
            assert!(
                is_unknown(
                    &two.a,
                    &Theirs {
                        tv: tv.clone(),
                        ticket,
                        review: review.clone(),
                    }
                ),
                "{method}, {stage}"
            );
            assert_eq!(two.row(&tv), before, "{method}, {stage}");
            assert!(two.revoker_of_a.told().is_empty(), "{method}, {stage}");
            let heard = two.a.events().all();
            assert!(
                heard.iter().all(|event| event.grant != Some(id)),
                "{method}, {stage}: {heard:?}"
            );
        }
    }
    Ok(())
}

#[test]
fn the_walk_above_leaves_no_public_method_out() {
    let mut found: Vec<String> = crate::repository::sources()
        .iter()
        .filter(|file| file.path.starts_with("src/device_grants/"))
        .flat_map(|file| {
            let names = file.text.lines().filter_map(|line| {
                let name = line.trim().strip_prefix("pub async fn ")?;
                Some(name.split(['(', '<']).next()?.to_owned())
            });
            names.collect::<Vec<_>>()
        })
        .collect();
    let walked = METHODS.map(|(name, _)| name);
    let mut expected: Vec<&str> = walked.into_iter().chain(OTHERS).collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn what_the_policy_of_one_issuer_forbids_is_not_approved_at_another() -> Test {
    let two = Two::new();
    let tv = two.b.device("tv").authorize("openid")?;
    let ticket = two.b.visitor("alice").review(&tv)?.ticket;
    two.policy_of_b.rule(
        Checkpoint::Approval,
        Ruling::Refuse(ErrorResponse::access_denied()),
    );
    assert_eq!(two.a.visitor("alice").approve(&ticket), REFUSED);
    assert_eq!(tv.poll()?, Poll::Pending);
    Ok(())
}

/// The other issuer's grants fill the pages of the directory, and the own one comes after them all.
#[test]
fn a_page_is_filled_with_the_own_grants() -> Test {
    let two = Two::new();
    let own = two.a.device("tv").authorize("openid")?;
    two.a.visitor("alice").approve(&own)?;
    for _ in 0..5 {
        two.a.advance(SECOND);
        let theirs = two.b.device("tv").authorize("openid")?;
        two.b.visitor("alice").approve(&theirs)?;
    }
    let of = GrantsOf::Subject("alice".into());
    let listed = done(block_on(two.a.grants().list_as_administrator(&of, None, 2)))?;
    let ids: Vec<_> = listed.grants.iter().map(|grant| grant.id).collect();
    assert_eq!((ids, listed.next), (vec![own.grant_id()], None));
    Ok(())
}
