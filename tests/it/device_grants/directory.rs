//! Lists of grants, and ending all grants of a list.

use std::sync::Arc;

use async_trait::async_trait;
use device_grant::device_grants::{Listing, Revocation, Revocations, Standing};
use device_grant::grant::HostData;
use device_grant::host::{
    Cursor, GrantDirectory, GrantsOf, PageRequest, Policy, PortError, Row, Ruling, Visitor,
};
use device_grant::store::MemoryStore;
use device_grant::testing::{
    Checkpoint, Disruption, FaultyStore, Poll, Ran, Scenario, Script, ScriptedIssuer,
    ScriptedPolicy, StoreCall, WaitingDevice, block_on,
};
use device_grant::{DeviceGrants, Fault};

use super::revoker::Revoker;
use super::{LIFETIME, SECOND, Server, Test};

/// A server that knows whose grants there are.
fn server() -> Server {
    Server::with_directory([], |builder| builder)
}

fn alices() -> GrantsOf {
    GrantsOf::Subject("alice".into())
}

fn listed(grants: &DeviceGrants, of: &GrantsOf) -> Listing {
    page(grants, of, None, 100).unwrap()
}

fn page(
    grants: &DeviceGrants,
    of: &GrantsOf,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Listing, Fault> {
    let Ran::Done(listing) = block_on(grants.list_as_administrator(of, after, limit)) else {
        panic!("it does not end");
    };
    listing
}

fn revoke_where(server: &Server, of: &GrantsOf) -> Result<Revocations, Fault> {
    let Ran::Done(revoked) = block_on(server.t.grants().revoke_where_as_administrator(of)) else {
        panic!("it does not end");
    };
    revoked
}

/// Before tokens were issued, and after.
fn counts(revoked: Revocations) -> (u64, u64) {
    let after = revoked.tokens_ended + revoked.tokens_live_on;
    (revoked.before_redemption, after)
}

/// Alice's devices: one approved, one signed in, one refused, one denied, and one under review.
fn devices(server: &Server) -> Result<[WaitingDevice; 5], Box<dyn std::error::Error>> {
    let alice = server.t.visitor("alice");
    let start = || {
        server.t.advance(SECOND);
        server
            .t
            .device("tv")
            .label("Living room")
            .authorize("openid profile")
    };
    let devices = [start()?, start()?, start()?, start()?, start()?];
    let [approved, redeemed, refused, denied, reviewed] = &devices;
    for device in [approved, redeemed, refused] {
        alice.approve(device)?;
    }
    let _ = redeemed.poll()?;
    let locked = device_grant::message::ErrorResponse::access_denied();
    server.issuer.then(Script::Refused(locked));
    let _ = refused.poll()?;
    alice.deny(denied)?;
    alice.review(reviewed)?;
    Ok(devices)
}

#[test]
fn an_end_user_sees_what_they_approved_and_where_it_stands() -> Test {
    let server = server();
    let [approved, redeemed, refused, ..] = devices(&server)?;
    let page = listed(server.t.grants(), &alices());
    let seen: Vec<_> = page.grants.iter().map(|g| (g.id, g.standing)).collect();
    let expected = [
        (refused.grant_id(), Standing::Refused),
        (redeemed.grant_id(), Standing::Redeemed),
        (approved.grant_id(), Standing::Approved),
    ];
    assert_eq!(seen, expected);
    assert_eq!(page.next, None);
    let signed_in = &page.grants[1];
    assert_eq!(signed_in.client_id.as_str(), "tv");
    assert_eq!(signed_in.subject, Some("alice".into()));
    let granted = signed_in.granted.as_ref().expect("it is approved");
    assert_eq!(granted.access.scope, "openid profile".parse()?);
    assert_eq!(signed_in.origin.device_label(), Some("Living room"));
    assert_eq!(signed_in.since, Some(server.t.now()));
    Ok(())
}

#[test]
fn staff_sees_all_grants_of_a_client() -> Test {
    let server = server();
    let [_, redeemed, ..] = devices(&server)?;
    let of = GrantsOf::Client("tv".into());
    let standings = |listing: &Listing| -> Vec<_> {
        listing.grants.iter().map(|grant| grant.standing).collect()
    };
    use Standing::{Approved, Denied, Expired, Pending, Redeemed, Refused, Revoked};
    let page = listed(server.t.grants(), &of);
    assert_eq!(
        standings(&page),
        [Pending, Denied, Refused, Redeemed, Approved]
    );
    server.t.advance(LIFETIME);
    let _ = server.t.revoke(&redeemed.grant_id())?;
    let page = listed(server.t.grants(), &of);
    assert_eq!(
        standings(&page),
        [Expired, Expired, Expired, Revoked, Expired]
    );
    assert_eq!(
        listed(server.t.grants(), &GrantsOf::Client("radio".into())).grants,
        []
    );
    Ok(())
}

#[test]
fn nothing_in_a_list_lets_anybody_use_a_grant() -> Test {
    let server = server();
    let alice = server.t.visitor("alice").session("laptop's session");
    let data = HostData::new([("internal", "risk 7")])?;
    let tv = server.t.device("tv").data(data).authorize("openid")?;
    let review = alice.review(&tv)?;
    alice.approve(&review)?;
    let _ = tv.poll()?;
    let ticket = review.ticket.expose();
    let (_, nonce) = ticket.split_once('.').unwrap();
    let row = server.row_of(&tv).unwrap();
    let digest = format!("{:?}", row.user_code.unwrap());
    let page = format!("{:?}", listed(server.t.grants(), &alices()));
    let fence = super::fence_of(&server.issuer.asked()[0]);
    for secret in [
        &*tv.response().device_code,
        tv.user_code(),
        nonce,
        digest.as_str(),
        fence.as_str(),
        "session",
        "risk 7",
        "token-1",
    ] {
        assert!(!page.contains(secret), "{secret} is in {page}");
    }
    Ok(())
}

#[test]
fn pages_follow_one_another_to_the_end() -> Test {
    let server = server();
    let alice = server.t.visitor("alice");
    let mut all = Vec::new();
    for _ in 0..5 {
        server.t.advance(SECOND);
        let tv = server.t.device("tv").authorize("")?;
        alice.approve(&tv)?;
        all.insert(0, tv.grant_id());
    }
    let mut seen = Vec::new();
    let mut next = None;
    let mut lengths = Vec::new();
    loop {
        let page = page(server.t.grants(), &alices(), next.as_ref(), 2)?;
        lengths.push(page.grants.len());
        seen.extend(page.grants.iter().map(|grant| grant.id));
        // As a link to the next page has it.
        let Some(cursor) = page.next else { break };
        next = Some(cursor.to_string().parse()?);
    }
    assert_eq!((seen, lengths), (all, vec![2, 2, 1]));
    Ok(())
}

#[test]
fn a_page_has_one_grant_at_least_and_a_hundred_at_most() -> Test {
    let server = server();
    for _ in 0..101 {
        server.t.device("tv").authorize("")?;
    }
    for (limit, length) in [(0, 1), (1, 1), (100, 100), (u32::MAX, 100)] {
        let page = page(
            server.t.grants(),
            &GrantsOf::Client("tv".into()),
            None,
            limit,
        )?;
        assert_eq!(page.grants.len(), length);
        assert!(page.next.is_some());
    }
    Ok(())
}

#[test]
fn grants_of_another_issuer_in_the_same_store_are_nobodys_here() -> Test {
    let server = server();
    devices(&server)?;
    let other = DeviceGrants::builder("https://other.example", ScriptedIssuer::new([]))
        .verification_uri("https://other.example/activate")
        .in_memory()
        .store(server.store.clone())
        .directory(server.store.clone())
        .retention(3_600 * SECOND)
        .build()?;
    assert_eq!(listed(&other, &alices()).grants, []);
    let Ran::Done(revoked) = block_on(other.revoke_where_as_administrator(&alices())) else {
        panic!("it does not end");
    };
    assert_eq!(counts(revoked?), (0, 0));
    assert_eq!(listed(server.t.grants(), &alices()).grants.len(), 3);
    Ok(())
}

/// Without a revoker nobody ends the tokens, and the host hears that they live on.
#[test]
fn tokens_that_nobody_ends_are_told_apart() -> Test {
    let revoker = Revoker::default();
    let told = revoker.clone();
    let with = Server::with_directory([], |builder| builder.token_revoker(told));
    let without = server();
    for (server, ended, live_on) in [(&with, 1, 0), (&without, 0, 1)] {
        devices(server)?;
        let revoked = revoke_where(server, &alices())?;
        assert_eq!(revoked.before_redemption, 1);
        assert_eq!(
            (revoked.tokens_ended, revoked.tokens_live_on),
            (ended, live_on)
        );
    }
    Ok(())
}

#[test]
fn a_visitor_signs_out_their_own_devices_and_no_others() -> Test {
    let revoker = Revoker::default();
    let told = revoker.clone();
    let server = Server::with_directory([], |builder| builder.token_revoker(told));
    let [approved, redeemed, refused, denied, reviewed] = devices(&server)?;
    let grants = server.t.grants();
    let own = |device: &WaitingDevice, subject: &str| {
        let (id, visitor) = (device.grant_id(), Visitor::new(subject));
        let Ran::Done(revoked) = block_on(grants.revoke_own(&id, &visitor)) else {
            panic!("it does not end");
        };
        revoked.unwrap()
    };
    let before = server.t.events().all().len();
    for device in [&approved, &redeemed, &refused, &denied, &reviewed] {
        for stranger in ["bob", "Alice", "alice ", ""] {
            assert_eq!(own(device, stranger), Revocation::NothingToRevoke);
        }
    }
    // What alice denied, or looks at, is nobody's.
    for device in [&denied, &reviewed] {
        assert_eq!(own(device, "alice"), Revocation::NothingToRevoke);
    }
    assert_eq!(server.t.events().all().len(), before);
    assert!(revoker.told().is_empty());
    assert_eq!(own(&approved, "alice"), Revocation::BeforeRedemption);
    assert_eq!(own(&redeemed, "alice"), Revocation::TokensEnded);
    // Again is no error, and tells the revoker again; it is still nobody else's.
    assert_eq!(own(&redeemed, "alice"), Revocation::TokensEnded);
    assert_eq!(own(&redeemed, "bob"), Revocation::NothingToRevoke);
    assert_eq!(revoker.told(), [redeemed.grant_id(), redeemed.grant_id()]);
    Ok(())
}

#[test]
fn a_visitor_lists_and_signs_out_everywhere_what_is_theirs() -> Test {
    let server = server();
    devices(&server)?;
    let grants = server.t.grants();
    let (alice, bob) = (Visitor::new("alice"), Visitor::new("bob"));
    let listed = |visitor| {
        let Ran::Done(listed) = block_on(grants.list_own(visitor, None, 100)) else {
            panic!("it does not end");
        };
        listed.unwrap().grants.len()
    };
    let revoke = |visitor| {
        let Ran::Done(revoked) = block_on(grants.revoke_all_own(visitor)) else {
            panic!("it does not end");
        };
        counts(revoked.unwrap())
    };
    assert_eq!((listed(&alice), listed(&bob)), (3, 0));
    assert_eq!(revoke(&bob), (0, 0));
    assert_eq!(revoke(&alice), (1, 1));
    Ok(())
}

#[test]
fn without_a_directory_nobody_knows() -> Test {
    let server = Server::new([]);
    let fault = page(server.t.grants(), &alices(), None, 1).unwrap_err();
    assert!(!fault.is_retryable());
    let remedy = std::error::Error::source(&fault).unwrap().to_string();
    assert!(remedy.contains("Builder::directory"), "{remedy}");
    assert!(revoke_where(&server, &alices()).is_err());
    // In memory there is one, if the store is.
    assert_eq!(
        listed(Scenario::new(ScriptedIssuer::new([])).grants(), &alices()).grants,
        []
    );
    Ok(())
}

#[test]
fn a_user_who_signs_out_everywhere_is_signed_out_everywhere() -> Test {
    let revoker = Revoker::default();
    let told = revoker.clone();
    let server = Server::with_directory([], |builder| builder.token_revoker(told));
    let [approved, redeemed, refused, denied, reviewed] = devices(&server)?;
    let bobs = server.t.device("tv").authorize("")?;
    server.t.visitor("bob").approve(&bobs)?;
    server.t.events().clear();

    assert_eq!(counts(revoke_where(&server, &alices())?), (1, 1));
    assert_eq!(server.t.events().names(), ["revoked", "revoked"]);
    let heard = server.t.events().all();
    assert!(
        heard
            .iter()
            .all(|event| event.subject == Some("alice".into()))
    );
    assert_eq!(revoker.told(), [redeemed.grant_id()]);
    assert_eq!(approved.poll()?, Poll::Denied);
    assert_eq!(redeemed.poll()?, Poll::InvalidGrant);
    assert_eq!(refused.poll()?, Poll::Refused);
    assert_eq!(denied.poll()?, Poll::Denied);
    assert!(matches!(reviewed.poll()?, Poll::Pending));
    assert_eq!(bobs.poll()?, Poll::Tokens);
    Ok(())
}

#[test]
fn a_client_that_was_broken_into_loses_every_grant() -> Test {
    let server = server();
    let devices = devices(&server)?;
    let radio = server.t.device("radio").authorize("")?;
    assert_eq!(
        counts(revoke_where(&server, &GrantsOf::Client("tv".into()))?),
        (2, 1)
    );
    for device in &devices {
        assert!(!matches!(device.poll()?, Poll::Pending | Poll::Tokens));
    }
    assert_eq!(radio.poll()?, Poll::Pending);
    Ok(())
}

#[test]
fn more_grants_than_a_page_has_are_all_revoked() -> Test {
    let server = server();
    let devices: Vec<_> = (0..230)
        .map(|_| server.t.device("tv").authorize("").unwrap())
        .collect();
    assert_eq!(
        counts(revoke_where(&server, &GrantsOf::Client("tv".into()))?),
        (230, 0)
    );
    for device in devices {
        assert_eq!(device.poll()?, Poll::Denied);
    }
    Ok(())
}

#[test]
fn what_the_revoker_fails_at_stops_no_other_and_is_told_again() -> Test {
    let revoker = Revoker::default();
    let server = Server::with_directory([], |builder| builder.token_revoker(revoker.clone()));
    let alice = server.t.visitor("alice");
    let mut devices = Vec::new();
    for _ in 0..3 {
        let tv = server.t.device("tv").authorize("")?;
        alice.approve(&tv)?;
        assert_eq!(tv.poll()?, Poll::Tokens);
        devices.push(tv);
    }
    revoker.fail(1);
    assert!(revoke_where(&server, &alices()).unwrap_err().is_retryable());
    assert_eq!(server.t.events().count("revoked"), 3);
    assert_eq!(revoker.told().len(), 3);
    assert_eq!(counts(revoke_where(&server, &alices())?), (0, 3));
    assert_eq!(revoker.told().len(), 6);
    assert_eq!(server.t.events().count("revoked"), 3);
    Ok(())
}

#[test]
fn a_revocation_that_the_store_cuts_short_can_be_repeated() -> Test {
    for call in [StoreCall::List, StoreCall::Replace, StoreCall::Find] {
        let server = server();
        let devices = devices(&server)?;
        server.store.disrupt(call.always(), Disruption::FailBefore);
        if call == StoreCall::Find {
            server
                .store
                .disrupt(StoreCall::Replace.nth(1), Disruption::FailAfter);
        }
        assert!(revoke_where(&server, &alices()).unwrap_err().is_retryable());
        server.store.heal();
        revoke_where(&server, &alices())?;
        assert_eq!(devices[0].poll()?, Poll::Denied);
        assert_eq!(devices[1].poll()?, Poll::InvalidGrant);
    }
    Ok(())
}

#[test]
fn a_redemption_under_way_is_ended_too() -> Test {
    let server = server();
    let tv = server.t.device("tv").authorize("")?;
    server.t.visitor("alice").approve(&tv)?;
    let grants = server.t.grants().clone();
    server.issuer.then(Script::meanwhile(move |_| {
        let revoked = block_on(grants.revoke_where_as_administrator(&alices()));
        assert!(matches!(revoked, Ran::Done(Ok(revoked)) if counts(revoked) == (1, 0)));
    }));
    assert_eq!(tv.poll()?, Poll::Denied);
    assert_eq!(server.issuer.discarded(), server.issuer.issued());
    Ok(())
}

#[test]
fn what_is_approved_meanwhile_is_the_policys_to_refuse() -> Test {
    let policy = ScriptedPolicy::new();
    let locked: Arc<dyn Policy> = Arc::new(policy.clone());
    let server = Server::with_directory([], |builder| builder.policy(locked));
    let tv = server.t.device("tv").authorize("")?;
    let alice = server.t.visitor("alice");
    let review = alice.review(&tv)?;
    policy.rule(
        Checkpoint::Redemption,
        Ruling::Refuse(device_grant::message::ErrorResponse::access_denied()),
    );
    assert_eq!(counts(revoke_where(&server, &alices())?), (0, 0));
    alice.approve(&review)?;
    assert_eq!(tv.poll()?, Poll::Refused);
    Ok(())
}

#[test]
fn a_directory_that_goes_round_in_circles_is_found_out() {
    let store = FaultyStore::new(MemoryStore::new());
    let issuer = ScriptedIssuer::new([]);
    let t = Scenario::with(issuer, |builder| {
        builder
            .store(store.clone())
            .directory(Circling(store.clone()))
            .retention(3_600 * SECOND)
    });
    let t = t.unwrap();
    for _ in 0..DeviceGrants::LONGEST_PAGE {
        t.device("tv").authorize("").unwrap();
    }
    let revoked = block_on(
        t.grants()
            .revoke_where_as_administrator(&GrantsOf::Client("tv".into())),
    );
    let Ran::Done(Err(fault)) = revoked else {
        panic!("{revoked:?}");
    };
    assert!(!fault.is_retryable());
}

/// Lists the first page again and again.
struct Circling(FaultyStore<MemoryStore>);

#[async_trait]
impl GrantDirectory for Circling {
    async fn list(&self, page: &PageRequest) -> Result<Vec<Row>, PortError> {
        let mut first = page.clone();
        first.after = None;
        self.0.list(&first).await
    }
}
