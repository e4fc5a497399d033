//! A client's demands on the end user's sign-in (OpenID Connect Core §3.1.2.1), and the host's own parameters.

use std::time::Duration;

use device_grant::Approval;
use device_grant::DeviceAuthorizationRequest;
use device_grant::grant::Timestamp;
use device_grant::host::Ruling;
use device_grant::message::{ErrorResponse, ExtraParameters, Parameters, SignInParameters};
use device_grant::testing::{Checkpoint, Poll, ScriptedPolicy, StepError, WaitingDevice};

use super::{LIFETIME, SECOND, Server, Test};

const MINUTE: Duration = Duration::from_secs(60);

fn ask(server: &Server, asked: &[(&str, &str)]) -> Result<WaitingDevice, StepError> {
    let request = DeviceAuthorizationRequest::from_pairs(asked.iter().copied())?;
    server.t.device("tv").request(request)
}

fn ask_max_age(server: &Server, seconds: u32) -> Result<WaitingDevice, StepError> {
    ask(server, &[("max_age", &seconds.to_string())])
}

fn approve(server: &Server, tv: &WaitingDevice, approval: Approval) -> Result<(), StepError> {
    server.t.visitor("alice").granting(approval).approve(tv)
}

fn signed_in(at: Timestamp) -> Approval {
    Approval::all().auth_time(at)
}

fn wants_age(seconds: u64) -> Result<(), StepError> {
    Err(StepError::StepUp(SignInParameters::max_age(
        Duration::from_secs(seconds),
    )))
}

#[test]
fn a_sign_in_that_is_too_long_ago_has_to_be_repeated() -> Test {
    let server = Server::new([]);
    let before = server.t.now();
    server.t.advance(2 * MINUTE);
    let tv = ask_max_age(&server, 180)?;
    server.t.advance(MINUTE + SECOND);
    assert_eq!(approve(&server, &tv, signed_in(before)), wants_age(180));
    assert_eq!(tv.poll()?, Poll::Pending);
    assert_eq!(
        server.t.events().last().unwrap().kind.name(),
        "approval_refused"
    );
    approve(&server, &tv, signed_in(before + 2 * SECOND))?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

#[test]
fn zero_asks_for_a_sign_in_after_the_request() -> Test {
    let server = Server::new([]);
    server.t.advance(Duration::from_millis(1_900));
    let tv = ask_max_age(&server, 0)?;
    server.t.advance(MINUTE);
    let the_second_before = server.t.now() - MINUTE - 2 * SECOND;
    assert_eq!(
        approve(&server, &tv, signed_in(the_second_before)),
        wants_age(0)
    );
    // A host that knows whole seconds tells one that began before the request.
    let in_that_second = server.t.now() - MINUTE - Duration::from_millis(900);
    approve(&server, &tv, signed_in(in_that_second))?;
    Ok(())
}

#[test]
fn a_new_sign_in_is_recent_enough_however_long_the_visitor_thinks() -> Test {
    let server = Server::new([]);
    let tv = ask_max_age(&server, 1)?;
    server.t.advance(SECOND);
    let now = server.t.now();
    server.t.advance(LIFETIME - 2 * SECOND);
    approve(&server, &tv, signed_in(now))?;
    Ok(())
}

#[test]
fn a_host_that_does_not_say_when_cannot_meet_a_max_age() -> Test {
    let server = Server::new([]);
    let tv = ask_max_age(&server, u32::MAX)?;
    assert_eq!(
        approve(&server, &tv, Approval::all()),
        wants_age(u32::MAX.into())
    );
    let plain = ask(&server, &[])?;
    approve(&server, &plain, Approval::all())?;
    Ok(())
}

#[test]
fn one_of_the_supported_acr_values_has_to_be_met() -> Test {
    let server = Server::with([], |builder| {
        builder.acr_values_supported(["mfa", "pwd", "key"])
    });
    let tv = ask(&server, &[("acr_values", "key mfa gold")])?;
    let step_up = || Err(StepError::StepUp(SignInParameters::acr(["key", "mfa"])));
    for approval in [
        Approval::all(),
        Approval::all().acr("pwd"),
        Approval::all().acr("gold"),
    ] {
        assert_eq!(approve(&server, &tv, approval), step_up());
    }
    approve(&server, &tv, Approval::all().acr("mfa"))?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    assert_eq!(server.issuer.asked()[0].granted.acr.as_deref(), Some("mfa"));
    Ok(())
}

#[test]
fn acr_values_that_the_server_does_not_know_are_no_error() -> Test {
    let server = Server::new([]);
    let tv = ask(&server, &[("acr_values", "gold")])?;
    approve(&server, &tv, Approval::all())?;
    Ok(())
}

#[test]
fn the_policy_comes_first_and_cannot_lift_what_the_client_asked_for() -> Test {
    let policy = ScriptedPolicy::new();
    let server = Server::with([], |builder| builder.policy(policy.clone()));
    let tv = ask(
        &server,
        &[("max_age", "0"), ("login_hint", "alice@example.com")],
    )?;
    server.t.advance(MINUTE);
    policy.rule(
        Checkpoint::Approval,
        Ruling::Refuse(ErrorResponse::access_denied()),
    );
    assert!(matches!(
        approve(&server, &tv, Approval::all()),
        Err(StepError::Forbidden(_))
    ));
    let hinted = |mut step_up: SignInParameters| {
        step_up.login_hint = Some("alice@example.com".to_owned());
        Err(StepError::StepUp(step_up))
    };
    policy.rule(
        Checkpoint::Approval,
        Ruling::StepUp(SignInParameters::acr(["mfa"])),
    );
    assert_eq!(
        approve(&server, &tv, Approval::all()),
        hinted(SignInParameters::acr(["mfa"]))
    );
    policy.rule(Checkpoint::Approval, Ruling::Allow);
    let no_age = SignInParameters::max_age(Duration::ZERO);
    assert_eq!(approve(&server, &tv, Approval::all()), hinted(no_age));
    approve(&server, &tv, signed_in(server.t.now()))?;
    Ok(())
}

#[test]
fn a_denial_needs_no_sign_in_of_any_kind() -> Test {
    let server = Server::new([]);
    let tv = ask_max_age(&server, 0)?;
    server.t.visitor("alice").deny(&tv)?;
    assert_eq!(tv.poll()?, Poll::Denied);
    Ok(())
}

#[test]
fn all_of_it_reaches_the_review_and_the_issuer() -> Test {
    let server = Server::new([]);
    let asked = [
        ("acr_values", "mfa"),
        ("max_age", "60"),
        ("login_hint", "alice@example.com"),
        ("ui_locales", "de en"),
        ("binding_message", "till 4"),
    ];
    let parameters = Parameters::from_pairs(asked)?;
    let sign_in = SignInParameters::try_from(&parameters)?;
    let extras = ExtraParameters::read(&parameters, &[("binding_message", 64)])?;
    let request = DeviceAuthorizationRequest::try_from(&parameters)?;
    let request = request.with_extra_parameters(extras.clone());
    let tv = server.t.device("tv").request(request)?;
    let review = server.t.visitor("alice").review(&tv)?;
    assert_eq!(review.grant.sign_in, sign_in);
    assert_eq!(review.grant.extras, extras);
    approve(&server, &tv, signed_in(server.t.now()))?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    let asked = server.issuer.asked();
    assert_eq!(asked[0].grant.sign_in, sign_in);
    assert_eq!(asked[0].grant.extras.get("binding_message"), Some("till 4"));
    Ok(())
}
