use async_trait::async_trait;
use device_grant::Approval;
use device_grant::grant::{Access, Refusal, Timestamp};
use device_grant::host::{
    ApprovalContext, AuthorizationContext, Policy, PolicyError, Redemption, Ruling, StepUp,
};
use device_grant::message::{ErrorCode, Scope};
use device_grant::testing::{Checkpoint, Poll, ScriptedPolicy, StepError};

use super::{INTERVAL, Server, Test};

fn server(policy: &ScriptedPolicy) -> Server {
    Server::with([], |builder| builder.policy(policy.clone()))
}

fn narrow(scope: &str) -> Ruling {
    Ruling::Narrow(Access::new(scope.parse().unwrap()))
}

fn refuse() -> Ruling {
    Ruling::Refuse(Refusal::new(ErrorCode::InvalidGrant))
}

/// The scope of the tokens that alice's device gets in the end.
fn granted(server: &Server) -> Result<Scope, StepError> {
    let tv = server.t.device("tv").authorize("openid profile email")?;
    server.t.visitor("alice").approve(&tv)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(tv.tokens().unwrap().granted_scope().unwrap().clone())
}

#[test]
fn it_is_asked_at_each_of_the_three_points() -> Test {
    let policy = ScriptedPolicy::new();
    assert_eq!(granted(&server(&policy))?, "openid profile email".parse()?);
    let points = [
        Checkpoint::Authorization,
        Checkpoint::Approval,
        Checkpoint::Redemption,
    ];
    assert_eq!(policy.asked(), points);
    Ok(())
}

#[test]
fn it_narrows_at_each_point_and_never_widens() -> Test {
    let policy = ScriptedPolicy::new();
    policy.rule(Checkpoint::Authorization, narrow("openid profile admin"));
    assert_eq!(granted(&server(&policy))?, "openid profile".parse()?);
    policy.rule(Checkpoint::Approval, narrow("openid email admin"));
    assert_eq!(granted(&server(&policy))?, "openid".parse()?);
    policy.rule(Checkpoint::Redemption, narrow("profile email admin"));
    assert_eq!(granted(&server(&policy))?, Scope::empty());
    Ok(())
}

#[test]
fn what_it_leaves_at_the_redemption_is_what_the_issuer_is_asked_for() -> Test {
    let policy = ScriptedPolicy::new();
    policy.rule(Checkpoint::Redemption, narrow("openid"));
    let server = server(&policy);
    granted(&server)?;
    let asked = &server.issuer.asked()[0];
    assert_eq!(asked.scope(), &"openid".parse()?);
    assert_eq!(
        asked.granted().access.scope,
        "openid profile email".parse()?
    );
    Ok(())
}

#[test]
fn its_refusal_at_the_authorization_issues_no_codes() {
    let rulings = [
        (refuse(), ErrorCode::InvalidGrant),
        (Ruling::StepUp(StepUp::default()), ErrorCode::AccessDenied),
    ];
    for (ruling, expected) in rulings {
        let policy = ScriptedPolicy::new();
        policy.rule(Checkpoint::Authorization, ruling);
        let server = server(&policy);
        let error = server.t.device("tv").authorize("openid").err();
        assert_eq!(error, Some(StepError::AuthorizationRefused(expected)));
        assert_eq!(server.store.calls(), []);
        assert_eq!(server.t.events().names(), ["authorization_refused"]);
    }
}

#[test]
fn its_refusal_at_the_approval_leaves_the_denial_possible() -> Test {
    let policy = ScriptedPolicy::new();
    policy.rule(Checkpoint::Approval, refuse());
    let server = server(&policy);
    let tv = server.t.device("tv").authorize("openid")?;
    let alice = server.t.visitor("alice");
    let review = alice.review(&tv)?;
    let refusal = Refusal::new(ErrorCode::InvalidGrant);
    assert_eq!(alice.approve(&review), Err(StepError::Forbidden(refusal)));
    assert_eq!(server.t.events().names().last(), Some(&"approval_refused"));
    assert_eq!(tv.poll()?, Poll::Pending);
    alice.deny(&review)?;
    assert_eq!(tv.poll()?, Poll::Denied);
    Ok(())
}

#[test]
fn a_stronger_sign_in_that_it_asks_for_leads_to_the_approval() -> Test {
    let policy = ScriptedPolicy::new();
    let step_up = StepUp::acr(["gold"]);
    policy.rule(Checkpoint::Approval, Ruling::StepUp(step_up.clone()));
    let server = server(&policy);
    let tv = server.t.device("tv").authorize("openid")?;
    let alice = server.t.visitor("alice").session("one");
    let review = alice.review(&tv)?;
    assert_eq!(alice.approve(&review), Err(StepError::StepUp(step_up)));
    policy.rule(Checkpoint::Approval, Ruling::Allow);
    alice.approve(&review)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

#[test]
fn it_sees_at_the_approval_how_the_visitor_signed_in() -> Test {
    let server = Server::with([], |builder| builder.policy(SecondFactor));
    let tv = server.t.device("tv").authorize("openid")?;
    let alice = server.t.visitor("alice");
    let step_up = StepUp::acr(["mfa"]);
    let at = Timestamp::from_micros(1_700_000_000_000_000);
    let signed_in = Approval::all().amr(["pwd", "otp"]).auth_time(at);
    let weakly = alice.clone().granting(signed_in.clone());
    for weak in [&alice, &weakly] {
        assert_eq!(weak.approve(&tv), Err(StepError::StepUp(step_up.clone())));
    }
    alice.granting(signed_in.acr("mfa")).approve(&tv)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

/// Allows approvals after a sign-in with two factors.
struct SecondFactor;

#[async_trait]
impl Policy for SecondFactor {
    async fn at_authorization(&self, _: &AuthorizationContext<'_>) -> Result<Ruling, PolicyError> {
        Ok(Ruling::Allow)
    }

    async fn at_approval(&self, context: &ApprovalContext<'_>) -> Result<Ruling, PolicyError> {
        let at = Timestamp::from_micros(1_700_000_000_000_000);
        let is_strong = (context.acr, context.auth_time) == (Some("mfa"), Some(at))
            && context.amr == ["pwd", "otp"];
        Ok(if is_strong {
            Ruling::Allow
        } else {
            Ruling::StepUp(StepUp::acr(["mfa"]))
        })
    }

    async fn at_redemption(&self, _: &Redemption) -> Result<Ruling, PolicyError> {
        Ok(Ruling::Allow)
    }
}

#[test]
fn its_refusal_at_the_redemption_is_for_good() -> Test {
    for ruling in [refuse(), Ruling::StepUp(StepUp::default())] {
        let policy = ScriptedPolicy::new();
        let server = server(&policy);
        let tv = server.approved_device();
        policy.rule(Checkpoint::Redemption, ruling);
        assert_eq!(tv.poll()?, Poll::Refused);
        policy.rule(Checkpoint::Redemption, Ruling::Allow);
        assert_eq!(tv.poll()?, Poll::Refused);
        assert!(server.issuer.asked().is_empty());
    }
    Ok(())
}

#[test]
fn while_it_cannot_tell_nothing_is_issued_decided_or_lost() -> Test {
    let policy = ScriptedPolicy::new();
    let server = server(&policy);
    policy.fail(Checkpoint::Authorization);
    assert!(
        server
            .t
            .device("tv")
            .authorize("openid")
            .unwrap_err()
            .is_fault()
    );
    assert_eq!(server.store.calls(), []);
    policy.rule(Checkpoint::Authorization, Ruling::Allow);
    let tv = server.t.device("tv").authorize("openid")?;

    policy.fail(Checkpoint::Approval);
    let alice = server.t.visitor("alice");
    assert!(alice.approve(&tv).unwrap_err().is_fault());
    assert_eq!(tv.poll()?, Poll::Pending);
    policy.rule(Checkpoint::Approval, Ruling::Allow);
    alice.approve(&tv)?;

    policy.fail(Checkpoint::Redemption);
    assert_eq!(tv.poll()?, Poll::Unavailable);
    policy.rule(Checkpoint::Redemption, Ruling::Allow);
    server.t.advance(INTERVAL);
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

#[test]
fn it_is_not_asked_about_more_than_was_requested() -> Test {
    let policy = ScriptedPolicy::new();
    let server = server(&policy);
    let tv = server.t.device("tv").authorize("openid")?;
    let more = Approval::all().scope("openid profile".parse()?);
    let approved = server.t.visitor("alice").granting(more).approve(&tv);
    assert_eq!(approved, Err(StepError::Widened));
    assert_eq!(policy.asked(), [Checkpoint::Authorization]);
    assert_eq!(server.t.events().names(), ["authorized", "reviewed"]);
    Ok(())
}
