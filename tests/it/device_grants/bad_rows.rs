//! Rows that this version cannot read: of a newer version, damaged, or changed by hand. Each is an error of its grant alone.

use device_grant::Fault;
use device_grant::device_grants::Listing;
use device_grant::host::{Body, GrantStore, GrantsOf, Replacement, Row};
use device_grant::testing::conformance::store::fixtures::Shape;
use device_grant::testing::{Poll, Ran, StepError, WaitingDevice, block_on};

use super::{SECOND, Server, Test};

/// A change that somebody made to the row of an approved grant.
type Damage = fn(&mut Replacement);

const DAMAGES: [(&str, Damage); 5] = [
    ("a newer version", |row| row.body = body(r#"{"v":9}"#)),
    ("no JSON", |row| row.body = body(r#"{"v":1"#)),
    ("members missing", |row| row.body = body(r#"{"v":1}"#)),
    ("a column says that nobody decided", |row| {
        row.is_pending = true;
    }),
    ("a column says that somebody else approved", |row| {
        row.subject = Some("mallory".into());
    }),
];

fn body(text: &str) -> Body {
    Body::from(text.as_bytes())
}

/// The grant whose row is damaged, an older and a newer one, so that every list has it in the middle; and its row.
fn damaged(damage: Damage) -> (Server, [WaitingDevice; 3], Row) {
    let server = Server::with_directory([], |builder| builder);
    let older = server.approved_device();
    server.t.advance(SECOND);
    let broken = server.approved_device();
    server.t.advance(SECOND);
    let devices = [broken, older, server.approved_device()];
    let row = server.row_of(&devices[0]).unwrap();
    let mut next = Shape::approved().over(&row, 7);
    (next.body, next.subject) = (row.body.clone(), row.subject.clone());
    damage(&mut next);
    let replaced = block_on(server.store.inner().replace(&next));
    assert!(matches!(replaced, Ran::Done(Ok(true))));
    let row = server.row_of(&devices[0]).unwrap();
    (server, devices, row)
}

fn is_lasting(error: &StepError) -> bool {
    matches!(
        error,
        StepError::Fault {
            retryable: false,
            ..
        }
    )
}

fn of_the_client() -> GrantsOf {
    GrantsOf::Client("tv".into())
}

fn done<T>(ran: Ran<T>) -> T {
    let Ran::Done(value) = ran else {
        panic!("it does not end");
    };
    value
}

#[test]
fn it_is_refused_and_left_as_it_is_and_the_others_go_on() -> Test {
    for (what, damage) in DAMAGES {
        let (server, [broken, older, newer], row) = damaged(damage);
        server.t.events().clear();
        assert!(is_lasting(&broken.poll().unwrap_err()), "{what}");
        let event = server.t.events().last().unwrap().to_string();
        let id = broken.grant_id().to_string();
        assert!(event.contains(&id), "{what}: {event}");
        for error in [
            broken.cancel().unwrap_err(),
            server.t.revoke(&broken.grant_id()).unwrap_err(),
        ] {
            assert!(is_lasting(&error), "{what}: {error}");
        }
        assert_eq!(server.row_of(&broken), Some(row), "{what}");
        for other in [older, newer] {
            assert_eq!(other.poll()?, Poll::Tokens, "{what}");
        }
    }
    Ok(())
}

#[test]
fn it_is_left_out_of_a_list_and_told() {
    for (what, damage) in DAMAGES {
        let (server, [_, older, newer], _) = damaged(damage);
        server.t.events().clear();
        let of = of_the_client();
        let list = server.t.grants().list_as_administrator(&of, None, 10);
        let listed: Result<Listing, Fault> = done(block_on(list));
        let ids: Vec<_> = listed.unwrap().grants.iter().map(|it| it.id).collect();
        assert_eq!(ids, [newer.grant_id(), older.grant_id()], "{what}");
        assert_eq!(server.t.events().names(), ["fault"], "{what}");
    }
}

/// A user who is locked has to be signed out of whatever can be read, and the host has to know what was not.
#[test]
fn all_others_are_revoked_and_the_caller_is_told() -> Test {
    for (what, damage) in DAMAGES {
        let (server, [broken, older, newer], row) = damaged(damage);
        let grants = server.t.grants();
        let revoked = done(block_on(
            grants.revoke_where_as_administrator(&of_the_client()),
        ));
        assert!(!revoked.unwrap_err().is_retryable(), "{what}");
        assert_eq!(server.row_of(&broken), Some(row), "{what}");
        for other in [older, newer] {
            assert_eq!(other.poll()?, Poll::Denied, "{what}");
        }
    }
    Ok(())
}
