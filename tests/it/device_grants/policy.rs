use async_trait::async_trait;
use device_grant::Approval;
use device_grant::DeviceAuthorizationRequest;
use device_grant::grant::{HostData, Narrowing, Timestamp};
use device_grant::host::{
    ApprovalContext, AuthorizationContext, Policy, PortError, Redemption, Ruling,
};
use device_grant::message::{ErrorCode, Scope};
use device_grant::message::{ErrorResponse, SignInParameters};
use device_grant::testing::{Checkpoint, Poll, ScriptedPolicy, StepError, WaitingDevice};

use super::{INTERVAL, Server, Test};

fn server(policy: &ScriptedPolicy) -> Server {
    Server::with([], |builder| builder.policy(policy.clone()))
}

fn narrow(scope: &str) -> Ruling {
    Ruling::Narrow(Narrowing::new().with_scope(scope.parse().unwrap()))
}

fn refuse() -> Ruling {
    Ruling::Refuse(ErrorResponse::new(ErrorCode::InvalidGrant))
}

/// The scope of the tokens that alice's device gets in the end.
fn granted(server: &Server) -> Result<Scope, StepError> {
    let tv = server.t.device("tv").authorize("openid profile email")?;
    server.t.visitor("alice").approve(&tv)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(tv.tokens().unwrap().scope.clone().unwrap())
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
    policy.rule(Checkpoint::Approval, Ruling::Allow);
    policy.rule(Checkpoint::Redemption, narrow("profile email admin"));
    assert_eq!(granted(&server(&policy))?, "profile".parse()?);
    Ok(())
}

const A: &str = "https://a.example";
const B: &str = "https://b.example";

/// A request for scope, resources and details.
fn request() -> DeviceAuthorizationRequest {
    DeviceAuthorizationRequest::from_pairs([
        ("scope", "read write"),
        ("resource", A),
        ("resource", B),
        (
            "authorization_details",
            r#"[{"type":"payment"},{"type":"account"}]"#,
        ),
    ])
    .unwrap()
}

/// Narrowings that leave something of each part, and those that leave nothing of one, and which.
fn narrowings() -> [(Narrowing, Narrowing, ErrorCode); 3] {
    let detail = |kind| serde_json::json!({ "type": kind });
    [
        (
            Narrowing::new().with_scope("read".parse().unwrap()),
            Narrowing::new().with_scope("admin".parse().unwrap()),
            ErrorCode::InvalidScope,
        ),
        (
            Narrowing::new().with_resources([A, "https://c.example"]),
            Narrowing::new().with_resources(Vec::<String>::new()),
            ErrorCode::InvalidTarget,
        ),
        (
            Narrowing::new().with_authorization_details([detail("account")]),
            Narrowing::new().with_authorization_details([detail("other")]),
            ErrorCode::InvalidAuthorizationDetails,
        ),
    ]
}

#[test]
fn a_narrowing_of_one_part_leaves_the_others_as_they_are() -> Test {
    for point in [
        Checkpoint::Authorization,
        Checkpoint::Approval,
        Checkpoint::Redemption,
    ] {
        let left = [(1, 2, 2), (2, 1, 2), (2, 2, 1)];
        for ((narrowing, _, _), left) in narrowings().into_iter().zip(left) {
            let policy = ScriptedPolicy::new();
            policy.rule(point, Ruling::Narrow(narrowing));
            let server = server(&policy);
            let tv = server.t.device("tv").request(request())?;
            server.t.visitor("alice").approve(&tv)?;
            assert_eq!(tv.poll()?, Poll::Tokens);
            let access = server.issuer.asked()[0].access.clone();
            let lengths = (
                access.scope.iter().count(),
                access.resources.len(),
                access.authorization_details.len(),
            );
            assert_eq!(lengths, left, "{point:?}");
        }
    }
    Ok(())
}

#[test]
fn a_narrowing_that_leaves_nothing_of_a_part_is_refused_at_the_authorization() {
    for (_, narrowing, part) in narrowings() {
        let policy = ScriptedPolicy::new();
        policy.rule(Checkpoint::Authorization, Ruling::Narrow(narrowing));
        let server = server(&policy);
        let refused = server.t.device("tv").request(request()).err();
        assert_eq!(refused, Some(StepError::AuthorizationRefused(part)));
        assert_eq!(server.store.calls(), []);
        assert_eq!(server.t.events().names(), ["authorization_refused"]);
    }
}

#[test]
fn a_narrowing_that_leaves_nothing_of_a_part_is_refused_at_the_approval() -> Test {
    for (_, narrowing, part) in narrowings() {
        let policy = ScriptedPolicy::new();
        policy.rule(Checkpoint::Approval, Ruling::Narrow(narrowing));
        let server = server(&policy);
        let tv = server.t.device("tv").request(request())?;
        only_denial_is_possible(&server, &tv, StepError::NothingLeft(part))?;
    }
    Ok(())
}

/// An approval of this request is refused with this error, and the request can still be denied.
fn only_denial_is_possible(server: &Server, tv: &WaitingDevice, refused: StepError) -> Test {
    let alice = server.t.visitor("alice");
    let review = alice.review(tv)?;
    assert_eq!(alice.approve(&review), Err(refused));
    assert_eq!(server.t.events().names().last(), Some(&"approval_refused"));
    assert_eq!(tv.poll()?, Poll::Pending);
    alice.deny(&review)?;
    assert_eq!(tv.poll()?, Poll::Denied);
    Ok(())
}

#[test]
fn a_narrowing_that_leaves_nothing_of_a_part_is_refused_at_the_redemption() -> Test {
    for (_, narrowing, _) in narrowings() {
        let policy = ScriptedPolicy::new();
        policy.rule(Checkpoint::Redemption, Ruling::Narrow(narrowing.clone()));
        let server = Server::with([], |builder| {
            builder
                .policy(policy.clone())
                .redelivery(std::time::Duration::from_secs(60))
        });
        let tv = server.t.device("tv").request(request())?;
        server.t.visitor("alice").approve(&tv)?;
        for _ in 0..2 {
            assert_eq!(tv.poll()?, Poll::Refused);
            assert_eq!(super::wire(&tv).2["error"], "access_denied");
        }
        assert!(server.issuer.asked().is_empty());

        let tv = server.t.device("radio").request(request())?;
        policy.rule(Checkpoint::Redemption, Ruling::Allow);
        server.t.visitor("alice").approve(&tv)?;
        assert_eq!(tv.poll()?, Poll::Tokens);
        policy.rule(Checkpoint::Redemption, Ruling::Narrow(narrowing));
        assert_eq!(tv.poll()?, Poll::InvalidGrant);
        assert_eq!(server.issuer.asked().len(), 1, "nor delivered again");
    }
    Ok(())
}

#[test]
fn a_narrowing_of_what_was_not_requested_changes_nothing() -> Test {
    for point in [
        Checkpoint::Authorization,
        Checkpoint::Approval,
        Checkpoint::Redemption,
    ] {
        let policy = ScriptedPolicy::new();
        let detail = serde_json::json!({ "type": "payment" });
        let narrowing = Narrowing::new()
            .with_resources([A])
            .with_authorization_details([detail]);
        policy.rule(point, Ruling::Narrow(narrowing));
        let server = server(&policy);
        let tv = server.approved_device();
        assert_eq!(tv.poll()?, Poll::Tokens);
        let access = server.issuer.asked()[0].access.clone();
        assert_eq!(access.scope, "openid profile".parse()?);
        assert!(access.resources.is_empty() && access.authorization_details.is_empty());
    }
    Ok(())
}

#[test]
fn an_approval_that_leaves_nothing_of_a_part_is_refused() -> Test {
    let policy = ScriptedPolicy::new();
    let server = server(&policy);
    let none = Vec::<String>::new();
    for (approval, part) in [
        (
            Approval::all().scope(Scope::default()),
            ErrorCode::InvalidScope,
        ),
        (Approval::all().resources(none), ErrorCode::InvalidTarget),
        (
            Approval::all().authorization_details([]),
            ErrorCode::InvalidAuthorizationDetails,
        ),
    ] {
        let tv = server.t.device("tv").request(request())?;
        let alice = server.t.visitor("alice").granting(approval);
        let review = alice.review(&tv)?;
        assert_eq!(alice.approve(&review), Err(StepError::NothingLeft(part)));
        assert_eq!(tv.poll()?, Poll::Pending);
        alice.deny(&review)?;
        assert_eq!(tv.poll()?, Poll::Denied);
    }
    assert!(!policy.asked().contains(&Checkpoint::Approval));
    let tv = server.t.device("tv").authorize("read")?;
    let nothing_to_lose = Approval::all()
        .resources(Vec::<String>::new())
        .authorization_details([]);
    server
        .t
        .visitor("alice")
        .granting(nothing_to_lose)
        .approve(&tv)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

#[test]
fn what_it_leaves_at_the_redemption_is_what_the_issuer_is_asked_for() -> Test {
    let policy = ScriptedPolicy::new();
    policy.rule(Checkpoint::Redemption, narrow("openid"));
    let server = server(&policy);
    granted(&server)?;
    let asked = &server.issuer.asked()[0];
    assert_eq!(asked.access.scope, "openid".parse()?);
    assert_eq!(asked.granted.access.scope, "openid profile email".parse()?);
    Ok(())
}

#[test]
fn its_refusal_at_the_authorization_issues_no_codes() {
    let rulings = [
        (refuse(), ErrorCode::InvalidGrant),
        (
            Ruling::StepUp(SignInParameters::default()),
            ErrorCode::AccessDenied,
        ),
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
    let refusal = ErrorResponse::new(ErrorCode::InvalidGrant);
    only_denial_is_possible(&server, &tv, StepError::Forbidden(refusal))
}

#[test]
fn a_stronger_sign_in_that_it_asks_for_leads_to_the_approval() -> Test {
    let policy = ScriptedPolicy::new();
    let step_up = SignInParameters::acr(["gold"]);
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
    let step_up = SignInParameters::acr(["mfa"]);
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
    async fn at_authorization(&self, _: &AuthorizationContext<'_>) -> Result<Ruling, PortError> {
        Ok(Ruling::Allow)
    }

    async fn at_approval(&self, context: &ApprovalContext<'_>) -> Result<Ruling, PortError> {
        let at = Timestamp::from_micros(1_700_000_000_000_000);
        let is_strong = (context.acr, context.auth_time) == (Some("mfa"), Some(at))
            && context.amr == ["pwd", "otp"];
        Ok(if is_strong {
            Ruling::Allow
        } else {
            Ruling::StepUp(SignInParameters::acr(["mfa"]))
        })
    }

    async fn at_redemption(&self, _: &Redemption) -> Result<Ruling, PortError> {
        Ok(Ruling::Allow)
    }
}

#[test]
fn it_sees_the_data_of_the_approval_and_the_issuer_gets_it() -> Test {
    struct Members;

    #[async_trait]
    impl Policy for Members {
        async fn at_authorization(
            &self,
            _: &AuthorizationContext<'_>,
        ) -> Result<Ruling, PortError> {
            Ok(Ruling::Allow)
        }

        async fn at_approval(&self, context: &ApprovalContext<'_>) -> Result<Ruling, PortError> {
            let organization = context.data.get("organization");
            Ok(match organization.and_then(|it| it.as_str()) {
                Some("own") => Ruling::Allow,
                Some(_) | None => Ruling::Refuse(ErrorResponse::new(ErrorCode::AccessDenied)),
            })
        }

        async fn at_redemption(&self, redemption: &Redemption) -> Result<Ruling, PortError> {
            assert_eq!(redemption.granted.data.get("organization").unwrap(), "own");
            Ok(Ruling::Allow)
        }
    }

    let server = Server::with([], |builder| builder.policy(Members));
    let tv = server.t.device("tv").authorize("openid")?;
    let alice = server.t.visitor("alice");
    let choosing = |organization| {
        let data = HostData::new([("organization", organization)]).unwrap();
        alice.clone().granting(Approval::all().data(data))
    };
    assert!(alice.approve(&tv).is_err() && choosing("other").approve(&tv).is_err());
    choosing("own").approve(&tv)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

#[test]
fn its_refusal_at_the_redemption_is_for_good() -> Test {
    for ruling in [refuse(), Ruling::StepUp(SignInParameters::default())] {
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
