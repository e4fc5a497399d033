//! Wrong keys and PKCE verifiers: what they cost, and whom.

use std::net::IpAddr;
use std::time::Duration;

use device_grant::PollRequest;
use device_grant::device_grants::{Limits, Revocation};
use device_grant::grant::KeyThumbprint;
use device_grant::host::Quota;
use device_grant::message::{DeviceTokenRequest, PkceVerifier};
use device_grant::testing::{Poll, Ran, StepError, WaitingDevice, block_on};

use super::{Server, Test, plain_error, wire};

const THIEF: [u8; 4] = [203, 0, 113, 66];
const HOME: [u8; 4] = [198, 51, 100, 4];
/// Time for everything that is owed to be paid back.
const LONG: Duration = Duration::from_secs(500);

fn verifier(letter: &str) -> PkceVerifier {
    PkceVerifier::parse(&letter.repeat(43)).unwrap()
}

fn key(byte: u8) -> KeyThumbprint {
    KeyThumbprint::from_bytes([byte; 32])
}

fn bound_device(server: &Server) -> Result<WaitingDevice, StepError> {
    server.t.device("tv").pkce(verifier("v")).authorize("")
}

fn request(device: &WaitingDevice) -> DeviceTokenRequest {
    DeviceTokenRequest::new(device.response().device_code())
}

fn from(ip: [u8; 4], request: impl Into<PollRequest>) -> PollRequest {
    request.into().source(IpAddr::from(ip))
}

fn guess(device: &WaitingDevice, ip: [u8; 4]) -> Result<Poll, StepError> {
    let wrong = request(device).code_verifier(verifier("w"));
    device.poll_with(device.client(), from(ip, wrong))
}

fn honest(device: &WaitingDevice, ip: [u8; 4]) -> Result<Poll, StepError> {
    device.poll_with(device.client(), from(ip, device.poll_request()))
}

fn last(server: &Server) -> &'static str {
    server.t.events().last().unwrap().kind.name()
}

#[test]
fn who_guesses_too_often_is_not_believed_when_right() -> Test {
    let server = Server::new([]);
    let tv = bound_device(&server)?;
    server.t.visitor("alice").approve(&tv)?;
    for _ in 0..5 {
        assert_eq!(guess(&tv, THIEF)?, Poll::InvalidGrant);
        assert_eq!(last(&server), "unproven_device_code");
    }
    assert_eq!(honest(&tv, THIEF)?, Poll::InvalidGrant);
    assert_eq!(wire(&tv), (400, None, plain_error("invalid_grant")));
    assert_eq!(last(&server), "limited");
    assert!(server.issuer.asked().is_empty());
    Ok(())
}

#[test]
fn a_thief_of_the_code_shuts_out_himself_and_not_the_device() -> Test {
    let server = Server::new([]);
    let tv = bound_device(&server)?;
    for _ in 0..15 {
        assert_eq!(guess(&tv, THIEF)?, Poll::InvalidGrant);
    }
    assert_eq!(honest(&tv, HOME)?, Poll::Pending);
    server.t.visitor("alice").approve(&tv)?;
    assert_eq!(honest(&tv, HOME)?, Poll::Tokens);
    Ok(())
}

#[test]
fn guesses_from_everywhere_end_too() -> Test {
    let server = Server::new([]);
    let tv = bound_device(&server)?;
    server.t.visitor("alice").approve(&tv)?;
    for number in 0..20 {
        assert_eq!(guess(&tv, [203, 0, 113, number])?, Poll::InvalidGrant);
    }
    assert_eq!(honest(&tv, HOME)?, Poll::InvalidGrant);
    assert_eq!(last(&server), "limited");
    server.t.advance(LONG);
    assert_eq!(honest(&tv, HOME)?, Poll::Tokens, "the grant is as it was");
    Ok(())
}

#[test]
fn a_stranger_without_the_device_code_costs_nobody_anything() -> Test {
    let server = Server::new([]);
    let tv = bound_device(&server)?;
    let own = bound_device(&server)?;
    for number in 0..40_u8 {
        // Codes that nobody has, a code of the stranger's own, and the right code from another client.
        let unknown = DeviceTokenRequest::new(format!("{}q", "a".repeat(51)));
        let unknown = unknown.code_verifier(verifier("w"));
        let polled = tv.poll_with(tv.client(), from(HOME, unknown))?;
        assert_eq!(polled, Poll::InvalidGrant);
        assert_eq!(guess(&own, HOME)?, Poll::InvalidGrant);
        let foreign = from(
            [203, 0, 113, number],
            request(&tv).code_verifier(verifier("w")),
        );
        assert_eq!(
            tv.poll_with(&super::client("radio"), foreign)?,
            Poll::InvalidGrant
        );
    }
    assert_eq!(honest(&tv, HOME)?, Poll::Pending);
    Ok(())
}

#[test]
fn a_wrong_key_counts_and_a_missing_proof_does_not() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").key(key(7)).authorize("")?;
    let poll = |request: PollRequest| tv.poll_with(tv.client(), from(HOME, request));
    for _ in 0..30 {
        assert_eq!(poll(request(&tv).into())?, Poll::InvalidGrant);
        assert_eq!(last(&server), "unproven_device_code");
    }
    assert_eq!(honest(&tv, HOME)?, Poll::Pending);
    for _ in 0..5 {
        assert_eq!(
            poll(PollRequest::from(request(&tv)).key(key(8)))?,
            Poll::InvalidGrant
        );
    }
    assert_eq!(honest(&tv, HOME)?, Poll::InvalidGrant);
    Ok(())
}

#[test]
fn without_a_source_the_grant_alone_counts() -> Test {
    let limits = Limits::default().wrong_proofs(Quota::new(2, LONG));
    let server = Server::with([], |builder| builder.limits(limits));
    let tv = bound_device(&server)?;
    let wrong = request(&tv).code_verifier(verifier("w"));
    for _ in 0..2 {
        assert_eq!(tv.poll()?, Poll::Pending);
        let polled = tv.poll_with(tv.client(), wrong.clone().into())?;
        assert_eq!(polled, Poll::InvalidGrant);
    }
    assert_eq!(tv.poll()?, Poll::InvalidGrant);
    Ok(())
}

#[test]
fn guesses_are_counted_where_a_device_code_is_cancelled() -> Test {
    let server = Server::new([]);
    let tv = bound_device(&server)?;
    let cancel = |request| block_on(server.t.grants().cancel(tv.client(), request));
    for _ in 0..5 {
        let wrong = from(THIEF, request(&tv).code_verifier(verifier("w")));
        let cancelled = cancel(wrong);
        assert!(matches!(
            cancelled,
            Ran::Done(Ok(Revocation::NothingToRevoke))
        ));
    }
    let cancelled = cancel(from(THIEF, tv.poll_request()));
    assert!(matches!(
        cancelled,
        Ran::Done(Ok(Revocation::NothingToRevoke))
    ));
    assert_eq!(honest(&tv, HOME)?, Poll::Pending);
    assert_eq!(tv.cancel()?, Revocation::BeforeRedemption);
    Ok(())
}

#[test]
fn a_verifier_for_a_device_code_without_a_challenge_is_refused_and_costs_nothing() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    server.t.visitor("alice").approve(&tv)?;
    let unexpected = request(&tv).code_verifier(verifier("v"));
    let polled = tv.poll_with(tv.client(), unexpected.clone().into())?;
    assert_eq!(polled, Poll::UnexpectedVerifier);
    let (status, _, body) = wire(&tv);
    assert_eq!((status, &body["error"]), (400, &"invalid_request".into()));
    let foreign = tv.poll_with(&super::client("radio"), unexpected.into())?;
    assert_eq!(foreign, Poll::InvalidGrant, "a stranger is not told");
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

#[test]
fn a_right_proof_costs_nothing_however_often_it_comes() -> Test {
    let server = Server::new([]);
    let tv = bound_device(&server)?;
    for _ in 0..60 {
        assert_eq!(honest(&tv, HOME)?, Poll::Pending);
        server.t.advance(Duration::from_secs(5));
    }
    Ok(())
}

#[test]
fn tokens_are_for_the_key_of_the_grant_or_else_of_the_poll() -> Test {
    let server = Server::new([]);
    let bound = server.t.device("tv").key(key(7)).authorize("")?;
    let unbound = server.t.device("tv").authorize("")?;
    let bearer = server.t.device("tv").authorize("")?;
    for device in [&bound, &unbound, &bearer] {
        server.t.visitor("alice").approve(device)?;
    }
    assert_eq!(bound.poll()?, Poll::Tokens);
    let proven = PollRequest::from(request(&unbound)).key(key(8));
    assert_eq!(unbound.poll_with(unbound.client(), proven)?, Poll::Tokens);
    assert_eq!(bearer.poll()?, Poll::Tokens);
    let keys: Vec<_> = server
        .issuer
        .asked()
        .iter()
        .map(|asked| asked.key())
        .collect();
    assert_eq!(keys, [Some(key(7)), Some(key(8)), None]);
    Ok(())
}
