//! Wrong keys and PKCE verifiers, which cost nobody anything.

use device_grant::DeviceTokenRequest;
use device_grant::device_grants::Revocation;
use device_grant::grant::KeyThumbprint;
use device_grant::testing::{Poll, Ran, StepError, WaitingDevice, block_on};

use super::{Server, Test, plain_error, wire};

fn verifier(letter: &str) -> String {
    letter.repeat(43)
}

fn key(byte: u8) -> KeyThumbprint {
    KeyThumbprint::from_bytes([byte; 32])
}

fn bound_device(server: &Server) -> Result<WaitingDevice, StepError> {
    server.t.device("tv").pkce(&verifier("v")).authorize("")
}

fn request(device: &WaitingDevice) -> DeviceTokenRequest {
    DeviceTokenRequest::new(&*device.response().device_code)
}

fn request_with(device: &WaitingDevice, verifier: &str) -> DeviceTokenRequest {
    let pairs = [
        ("grant_type", DeviceTokenRequest::GRANT_TYPE),
        ("device_code", &*device.response().device_code),
        ("code_verifier", verifier),
    ];
    DeviceTokenRequest::from_pairs(pairs).unwrap()
}

fn last(server: &Server) -> &'static str {
    server.t.events().last().unwrap().kind.name()
}

#[test]
fn wrong_proofs_cost_the_right_device_nothing_however_many_come() -> Test {
    let server = Server::new([]);
    let by_verifier = bound_device(&server)?;
    let by_key = server.t.device("tv").key(key(7)).authorize("")?;
    for device in [&by_verifier, &by_key] {
        server.t.visitor("alice").approve(device)?;
        for _ in 0..100 {
            let wrong = request_with(device, &verifier("w"));
            let wrong = wrong.with_key(key(8));
            let polled = device.poll_with(device.client(), wrong)?;
            assert_eq!(polled, Poll::InvalidGrant);
            assert_eq!(last(&server), "unproven_device_code");
            let missing = request(device);
            assert_eq!(
                device.poll_with(device.client(), missing)?,
                Poll::InvalidGrant
            );
            assert_eq!(wire(device), (400, None, plain_error("invalid_grant")));
        }
        assert_eq!(device.poll()?, Poll::Tokens);
    }
    Ok(())
}

#[test]
fn wrong_proofs_cost_nothing_where_a_device_code_is_cancelled() -> Test {
    let server = Server::new([]);
    let tv = bound_device(&server)?;
    for _ in 0..30 {
        let wrong = request_with(&tv, &verifier("w"));
        let cancelled = block_on(server.t.grants().cancel(tv.client(), wrong));
        assert!(matches!(
            cancelled,
            Ran::Done(Ok(Revocation::NothingToRevoke))
        ));
        assert_eq!(last(&server), "unproven_device_code");
    }
    assert_eq!(tv.cancel()?, Revocation::BeforeRedemption);
    Ok(())
}

#[test]
fn a_verifier_for_a_device_code_without_a_challenge_is_refused_and_costs_nothing() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    server.t.visitor("alice").approve(&tv)?;
    let unexpected = request_with(&tv, &verifier("v"));
    let polled = tv.poll_with(tv.client(), unexpected.clone())?;
    assert_eq!(polled, Poll::UnexpectedVerifier);
    let (status, _, body) = wire(&tv);
    assert_eq!((status, &body["error"]), (400, &"invalid_request".into()));
    let foreign = tv.poll_with(&super::client("radio"), unexpected)?;
    assert_eq!(foreign, Poll::InvalidGrant, "a stranger is not told");
    assert_eq!(tv.poll()?, Poll::Tokens);
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
    let proven = request(&unbound).with_key(key(8));
    assert_eq!(unbound.poll_with(unbound.client(), proven)?, Poll::Tokens);
    assert_eq!(bearer.poll()?, Poll::Tokens);
    let keys: Vec<_> = server
        .issuer
        .asked()
        .iter()
        .map(|asked| asked.key)
        .collect();
    assert_eq!(keys, [Some(key(7)), Some(key(8)), None]);
    Ok(())
}
