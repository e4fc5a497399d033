//! The warnings of a policy, and the second confirmation.

use device_grant::Approval;
use device_grant::grant::Narrowing;
use device_grant::host::{Ruling, Warning};
use device_grant::message::SignInParameters;
use device_grant::message::{ErrorCode, ErrorResponse};
use device_grant::testing::{Checkpoint, EndUser, Poll, ScriptedPolicy, StepError};

use super::{Server, Test};

fn abroad() -> Warning {
    Warning::new("This device is in another country.")
}

fn server(policy: &ScriptedPolicy) -> Server {
    policy.rule(Checkpoint::Approval, Ruling::Warn(abroad()));
    Server::with([], |builder| builder.policy(policy.clone()))
}

fn despite(who: &EndUser, warning: &Warning) -> EndUser {
    let approval = Approval::all().despite(warning.id());
    who.clone().granting(approval)
}

#[test]
fn a_warned_end_user_approves_all_the_same() -> Test {
    let server = server(&ScriptedPolicy::new());
    let tv = server.t.device("tv").authorize("openid")?;
    let alice = server.t.visitor("alice").session("one");
    let review = alice.review(&tv)?;
    for _ in 0..2 {
        let warned = Err(StepError::Warned(abroad()));
        assert_eq!(alice.approve(&review), warned);
        assert_eq!(tv.poll()?, Poll::Pending);
    }
    despite(&alice, &abroad()).approve(&review)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    let names = server.t.events().names();
    let warned = ["approval_warned"; 2];
    assert_eq!(names[2..4], warned);
    assert_eq!(names[4..], ["approved", "redeemed"]);
    Ok(())
}

#[test]
fn a_warned_end_user_can_deny_and_report() -> Test {
    let server = server(&ScriptedPolicy::new());
    let alice = server.t.visitor("alice");
    for report in [false, true] {
        let tv = server.t.device("tv").authorize("openid")?;
        let review = alice.review(&tv)?;
        assert!(alice.approve(&review).is_err());
        if report {
            alice.report_not_me(&review)?;
        } else {
            alice.deny(&review)?;
        }
        assert_eq!(tv.poll()?, Poll::Denied);
    }
    Ok(())
}

#[test]
fn who_has_read_one_warning_has_not_read_another() -> Test {
    let policy = ScriptedPolicy::new();
    let server = server(&policy);
    let tv = server.t.device("tv").authorize("openid")?;
    let alice = server.t.visitor("alice");
    let review = alice.review(&tv)?;
    let other = Warning::new("This application is new.");
    assert_eq!(
        despite(&alice, &other).approve(&review),
        Err(StepError::Warned(abroad()))
    );
    policy.rule(Checkpoint::Approval, Ruling::Warn(other.clone()));
    assert_eq!(
        despite(&alice, &abroad()).approve(&review),
        Err(StepError::Warned(other))
    );
    assert_eq!(tv.poll()?, Poll::Pending);
    Ok(())
}

#[test]
fn setting_a_warning_aside_sets_nothing_else_aside() -> Test {
    let policy = ScriptedPolicy::new();
    let server = server(&policy);
    let tv = server.t.device("tv").authorize("openid profile")?;
    let alice = despite(&server.t.visitor("alice"), &abroad());
    let review = alice.review(&tv)?;
    let refusal = ErrorResponse::access_denied();
    policy.rule(Checkpoint::Approval, Ruling::Refuse(refusal.clone()));
    assert_eq!(alice.approve(&review), Err(StepError::Forbidden(refusal)));
    let step_up = SignInParameters::acr(["mfa"]);
    policy.rule(Checkpoint::Approval, Ruling::StepUp(step_up.clone()));
    assert_eq!(alice.approve(&review), Err(StepError::StepUp(step_up)));
    let less = Narrowing::new().with_scope("openid".parse()?);
    policy.rule(Checkpoint::Approval, Ruling::Narrow(less));
    alice.approve(&review)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    assert_eq!(server.issuer.asked()[0].access.scope, "openid".parse()?);
    Ok(())
}

#[test]
fn a_warning_where_nobody_can_read_it_is_a_refusal() -> Test {
    let policy = ScriptedPolicy::new();
    let server = Server::with([], |builder| builder.policy(policy.clone()));
    policy.rule(Checkpoint::Authorization, Ruling::Warn(abroad()));
    let refused = StepError::AuthorizationRefused(ErrorCode::AccessDenied);
    assert_eq!(
        server.t.device("tv").authorize("").err(),
        Some(refused.clone())
    );
    policy.rule(Checkpoint::Authorization, Ruling::Allow);
    let tv = server.approved_device();
    policy.rule(Checkpoint::Redemption, Ruling::Warn(abroad()));
    assert_eq!(tv.poll()?, Poll::Refused);
    Ok(())
}
