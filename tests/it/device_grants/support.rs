//! Look-ups of a grant by administrators, and the erasure of an end user.

use device_grant::Approval;
use device_grant::device_grants::{ListedGrant, Standing};
use device_grant::grant::Subject;
use device_grant::host::GrantsOf;
use device_grant::testing::{Disruption, Poll, Ran, StoreCall, WaitingDevice, block_on};

use super::{INTERVAL, LIFETIME, SECOND, Server, Test};

fn done<T>(future: impl Future<Output = T>) -> T {
    match block_on(future) {
        Ran::Done(output) => output,
        Ran::Hung | Ran::Panicked(_) => panic!("the memory store answers at once"),
    }
}

fn by_id(server: &Server, device: &WaitingDevice) -> Option<ListedGrant> {
    let id = device.grant_id();
    done(server.t.grants().find_as_administrator(&id)).unwrap()
}

fn by_code(server: &Server, typed: &str) -> Vec<ListedGrant> {
    let found = server.t.grants().find_by_user_code_as_administrator(typed);
    done(found).unwrap()
}

/// A device that alice has approved from an address, after a sign-in with two factors.
fn approved(server: &Server) -> WaitingDevice {
    let tv = server
        .t
        .device("tv")
        .ip([198, 51, 100, 9])
        .label("Alice\u{2019}s TV");
    let tv = tv.authorize("openid profile").unwrap();
    let approval = Approval::all()
        .acr("urn:mfa")
        .amr(["pwd", "otp"])
        .auth_time(server.t.now());
    let alice = server.t.visitor("alice").session("s1").ip([192, 0, 2, 7]);
    alice.granting(approval).approve(&tv).unwrap();
    tv
}

#[test]
fn a_grant_says_who_approved_it_when_from_where_and_after_which_sign_in_even_when_it_is_revoked()
-> Test {
    let server = Server::new([]);
    let at = server.t.now();
    let tv = approved(&server);
    server.t.advance(INTERVAL);
    assert_eq!(tv.poll()?, Poll::Tokens);
    for standing in [Standing::Redeemed, Standing::Revoked] {
        let found = by_id(&server, &tv).expect("it is there");
        assert_eq!(
            (found.standing, found.subject),
            (standing, Some("alice".into()))
        );
        let granted = found.granted.expect("it was approved");
        assert_eq!((granted.subject().as_str(), granted.at), ("alice", at));
        assert_eq!(granted.ip, Some([192, 0, 2, 7].into()));
        assert_eq!(granted.acr.as_deref(), Some("urn:mfa"));
        assert_eq!(
            (granted.amr.join(" "), granted.auth_time),
            ("pwd otp".to_owned(), Some(at))
        );
        let _ = server.t.revoke(&tv.grant_id())?;
    }
    Ok(())
}

#[test]
fn an_id_that_is_unknown_finds_nothing() {
    let server = Server::new([]);
    let other = Server::new([]).approved_device();
    assert!(by_id(&server, &other).is_none());
}

#[test]
fn a_user_code_finds_its_grant_however_it_is_typed_and_wherever_it_stands() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("openid")?;
    let typed = tv.user_code().to_lowercase().replace('-', " ");
    let standing = || {
        by_code(&server, &typed)
            .first()
            .map(|found| (found.id, found.standing))
    };
    assert_eq!(standing(), Some((tv.grant_id(), Standing::Pending)));
    server.t.visitor("alice").approve(&tv)?;
    assert_eq!(standing(), Some((tv.grant_id(), Standing::Approved)));
    assert_eq!(tv.poll()?, Poll::Tokens);
    server.t.advance(2 * LIFETIME);
    assert_eq!(standing(), Some((tv.grant_id(), Standing::Redeemed)));
    Ok(())
}

#[test]
fn a_look_by_support_staff_is_not_charged_and_claims_nothing() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("openid")?;
    for _ in 0..100 {
        assert_eq!(by_code(&server, "BBBB-BBBB").len(), 0);
        assert_eq!(by_code(&server, tv.user_code()).len(), 1);
    }
    assert_eq!(by_code(&server, "no code at all!").len(), 0);
    server.t.visitor("alice").approve(&tv)?;
    Ok(())
}

/// Every row that is there of these devices, as text.
fn rows(server: &Server, devices: &[&WaitingDevice]) -> Vec<String> {
    let rows = devices.iter().filter_map(|device| server.row_of(device));
    rows.map(|row| {
        let body = String::from_utf8_lossy(row.body.as_bytes()).into_owned();
        format!("{:?} {body}", row.subject)
    })
    .collect()
}

#[test]
fn an_erased_end_user_is_in_no_row_and_their_devices_are_signed_out() -> Test {
    let server = Server::with_directory([], |builder| builder);
    let (redeemed, waiting) = (approved(&server), approved(&server));
    server.t.advance(INTERVAL);
    assert_eq!(redeemed.poll()?, Poll::Tokens);
    let bobs = server.t.device("tv").authorize("openid")?;
    server.t.visitor("bob").approve(&bobs)?;
    let alice = Subject::from("alice");
    let erased = done(server.t.grants().erase_as_administrator(&alice))?;
    assert_eq!((erased.before_redemption, erased.tokens_live_on), (1, 1));
    for row in rows(&server, &[&redeemed, &waiting]) {
        for personal in ["alice", "Alice", "192.0.2.7", "198.51.100.9", "urn:mfa"] {
            assert!(!row.contains(personal), "{row}");
        }
    }
    assert_eq!(
        (redeemed.poll()?, waiting.poll()?),
        (Poll::InvalidGrant, Poll::Denied)
    );
    let of = GrantsOf::Subject(alice);
    let left = done(server.t.grants().list_as_administrator(&of, None, 9))?;
    assert!(left.grants.is_empty());
    assert_eq!(bobs.poll()?, Poll::Tokens);
    Ok(())
}

#[test]
fn what_an_erased_end_user_denied_or_looked_at_is_forgotten_an_hour_after_its_codes() -> Test {
    let server = Server::with_directory([], |builder| builder.retention(365 * 86_400 * SECOND));
    let alice = server.t.visitor("alice");
    let [reviewed, denied] = [
        server.t.device("tv").authorize("")?,
        server.t.device("tv").authorize("")?,
    ];
    alice.review(&reviewed)?;
    alice.deny(&denied)?;
    let approved = approved(&server);
    let _ = done(server.t.grants().erase_as_administrator(&"alice".into()))?;
    server.t.advance(LIFETIME + 3_600 * SECOND);
    assert_eq!(done(server.t.grants().purge_all())?, 3);
    assert_eq!(rows(&server, &[&reviewed, &denied, &approved]).len(), 0);
    Ok(())
}

#[test]
fn a_grant_that_is_erased_long_after_its_codes_is_deleted_by_the_next_purge() -> Test {
    let server = Server::with_directory([], |builder| builder.retention(365 * 86_400 * SECOND));
    let tv = approved(&server);
    server.t.advance(INTERVAL);
    assert_eq!(tv.poll()?, Poll::Tokens);
    server.t.advance(LIFETIME + 3_600 * SECOND);
    assert_eq!(done(server.t.grants().purge_all())?, 0);
    let _ = done(server.t.grants().erase_as_administrator(&"alice".into()))?;
    assert_eq!(done(server.t.grants().purge_all())?, 1);
    Ok(())
}

#[test]
fn an_erasure_that_the_store_interrupts_is_finished_by_the_next() -> Test {
    for nth in [1, 2] {
        let server = Server::with_directory([], |builder| builder);
        let tv = approved(&server);
        server.store.forget_calls();
        // The first write revokes, the second erases; each is tried three times.
        for attempt in 0..3 {
            let write = StoreCall::Replace.nth(nth + attempt);
            server.store.disrupt(write, Disruption::FailBefore);
        }
        let alice = Subject::from("alice");
        assert!(done(server.t.grants().erase_as_administrator(&alice)).is_err());
        server.store.heal();
        let _ = done(server.t.grants().erase_as_administrator(&alice))?;
        let rows = rows(&server, &[&tv]);
        assert!(rows.iter().all(|row| !row.contains("alice")), "{rows:?}");
    }
    Ok(())
}
