use device_grant::DeviceAuthorizationRequest;
use device_grant::grant::{HostData, Timestamp};
use device_grant::testing::{Disruption, EndUser, FailingEntropy, Occasion, Poll, StepError};
use device_grant::{Approval, DecisionError, ReviewTicket};

use super::{INTERVAL, LIFETIME, SECOND, Server, Test};

const REFUSED: Result<(), StepError> = Err(StepError::TicketRefused);

const FAILURES: [Disruption; 3] = [
    Disruption::FailBefore,
    Disruption::FailAfter,
    Disruption::FailThenDo,
];

#[test]
fn an_approval_gives_all_that_was_requested() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("openid profile")?;
    server.t.visitor("alice").approve(&tv)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    let asked = &server.issuer.asked()[0];
    assert_eq!(asked.access.scope, "openid profile".parse()?);
    assert_eq!(asked.subject().as_str(), "alice");
    assert_eq!(asked.grant.id, tv.grant_id());
    assert_eq!(
        tv.tokens().unwrap().scope.as_ref(),
        Some(&asked.access.scope)
    );
    Ok(())
}

#[test]
fn an_approval_of_less_gives_less() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("openid profile")?;
    let alice = server.t.visitor("alice");
    let less = Approval::all().scope("openid".parse()?);
    alice.granting(less).approve(&tv)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    assert_eq!(tv.tokens().unwrap().scope, Some("openid".parse()?));
    Ok(())
}

#[test]
fn an_approval_of_more_is_refused_and_decides_nothing() -> Test {
    let server = Server::new([]);
    let asked = [("scope", "openid"), ("resource", "https://a.example")];
    let request = DeviceAuthorizationRequest::from_pairs(asked)?;
    let tv = server.t.device("tv").request(request)?;
    let alice = server.t.visitor("alice");
    let review = alice.review(&tv)?;
    let details = vec![serde_json::json!({"type": "payment"})];
    for more in [
        Approval::all().scope("openid profile".parse()?),
        Approval::all().resources(vec!["https://b.example".to_owned()]),
        Approval::all().authorization_details(details),
    ] {
        let approved = alice.clone().granting(more).approve(&review);
        assert_eq!(approved, Err(StepError::Widened));
    }
    assert_eq!(tv.poll()?, Poll::Pending);
    alice.approve(&review)?;
    Ok(())
}

#[test]
fn how_the_end_user_signed_in_reaches_the_issuer() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    let approval = Approval::all()
        .acr("silver")
        .amr(["pwd", "otp"])
        .auth_time(Timestamp::from_micros(7))
        .data(HostData::new([("ticket", "T-1")])?);
    server.t.visitor("alice").granting(approval).approve(&tv)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    let asked = &server.issuer.asked()[0];
    assert_eq!(asked.granted.acr.as_deref(), Some("silver"));
    assert_eq!(asked.granted.amr, ["pwd", "otp"]);
    assert_eq!(asked.granted.auth_time, Some(Timestamp::from_micros(7)));
    assert_eq!(asked.granted.data.get("ticket"), Some(&"T-1".into()));
    assert_eq!(asked.granted.at, server.t.now());
    Ok(())
}

#[test]
fn a_double_click_is_no_error_and_changes_nothing() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("openid profile")?;
    let alice = server.t.visitor("alice");
    let review = alice.review(&tv)?;
    alice.approve(&review)?;
    let before = server.revision_of(&tv);
    let less = Approval::all().scope("openid".parse()?);
    alice.clone().granting(less).approve(&review)?;
    assert_eq!(server.revision_of(&tv), before);
    assert_eq!(server.t.events().count("approved"), 1);

    let radio = server.t.device("radio").authorize("")?;
    let review = alice.review(&radio)?;
    alice.deny(&review)?;
    alice.deny(&review)?;
    alice.report_not_me(&review)?;
    assert_eq!(server.t.events().count("denied"), 1);
    Ok(())
}

#[test]
fn a_double_click_after_the_device_has_its_tokens_is_no_error_either() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    let alice = server.t.visitor("alice");
    let review = alice.review(&tv)?;
    alice.approve(&review)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    alice.approve(&review)?;
    server.t.advance(LIFETIME);
    alice.approve(&review)?;
    assert_eq!(tv.poll()?, Poll::InvalidGrant);
    Ok(())
}

#[test]
fn a_denial_after_an_approval_says_that_it_is_too_late() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    let alice = server.t.visitor("alice");
    let review = alice.review(&tv)?;
    alice.approve(&review)?;
    let too_late = Err(StepError::AlreadyDecided { approved: true });
    assert_eq!(alice.deny(&review), too_late);
    assert_eq!(alice.report_not_me(&review), too_late);
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

#[test]
fn the_back_button_after_a_denial_approves_nothing() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    let alice = server.t.visitor("alice");
    let review = alice.review(&tv)?;
    alice.deny(&review)?;
    let denied = Err(StepError::AlreadyDecided { approved: false });
    assert_eq!(alice.approve(&review), denied);
    assert_eq!(alice.approve(&tv), Err(StepError::UnknownUserCode));
    for _ in 0..2 {
        assert_eq!(tv.poll()?, Poll::Denied);
    }
    assert!(server.issuer.asked().is_empty());
    Ok(())
}

#[test]
fn a_stolen_ticket_decides_nothing() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    let alice = server.t.visitor("alice").session("one");
    let review = alice.review(&tv)?;
    let thieves = [
        server.t.visitor("mallory").session("one"),
        server.t.visitor("alice").session("two"),
        server.t.visitor("alice"),
    ];
    for thief in thieves {
        assert_eq!(thief.approve(&review), REFUSED);
        assert_eq!(thief.deny(&review), REFUSED);
        assert_eq!(thief.report_not_me(&review), REFUSED);
        let event = server.t.events().last().unwrap();
        assert_eq!(event.kind.name(), "ticket_refused");
        assert_eq!(event.subject.as_ref(), Some(thief.visitor().subject()));
    }
    assert_eq!(tv.poll()?, Poll::Pending);
    alice.approve(&review)?;
    Ok(())
}

#[test]
fn a_forged_ticket_decides_nothing() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    let alice = server.t.visitor("alice");
    let nonce = "00112233445566778899aabbccddeeff";
    let forged: ReviewTicket = format!("{}.{nonce}", tv.grant_id()).parse()?;
    assert_eq!(alice.approve(&forged), REFUSED);
    let review = alice.review(&tv)?;
    assert_eq!(alice.approve(&forged), REFUSED);
    let unknown: ReviewTicket = format!("{nonce}.{nonce}").parse()?;
    assert_eq!(alice.approve(&unknown), REFUSED);
    alice.approve(&review)?;
    Ok(())
}

#[test]
fn the_ticket_of_one_device_does_not_decide_on_another() -> Test {
    let server = Server::new([]);
    let alice = server.t.visitor("alice");
    let tv = server.t.device("tv").authorize("")?;
    let radio = server.t.device("radio").authorize("")?;
    let ticket = alice.review(&tv)?.ticket.expose();
    alice.review(&radio)?;
    let (_, nonce) = ticket.split_once('.').unwrap();
    let crossed: ReviewTicket = format!("{}.{nonce}", radio.grant_id()).parse()?;
    assert_eq!(alice.approve(&crossed), REFUSED);
    Ok(())
}

#[test]
fn a_ticket_survives_its_form() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    let alice = server.t.visitor("alice");
    let hidden_field = alice.review(&tv)?.ticket.expose();
    alice.approve(&hidden_field.parse::<ReviewTicket>()?)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

#[test]
fn a_text_that_is_no_ticket_counts_as_a_ticket_that_is_nobodys() {
    let parsed = "no ticket".parse::<ReviewTicket>();
    let error = DecisionError::from(parsed.unwrap_err());
    assert!(matches!(error, DecisionError::Refused), "{error}");
}

#[test]
fn nothing_is_decided_from_the_expiry_on() -> Test {
    type Decide = fn(&EndUser, &ReviewTicket) -> Result<(), StepError>;
    let decisions: [Decide; 3] = [
        |who, ticket| who.approve(ticket),
        |who, ticket| who.deny(ticket),
        |who, ticket| who.report_not_me(ticket),
    ];
    for decide in decisions {
        let server = Server::new([]);
        let tv = server.t.device("tv").authorize("")?;
        let alice = server.t.visitor("alice");
        server.t.advance(SECOND);
        let ticket = alice.review(&tv)?.ticket;
        server.t.advance(LIFETIME - SECOND);
        assert_eq!(decide(&alice, &ticket), REFUSED);
        assert_eq!(tv.poll()?, Poll::Expired);
    }
    Ok(())
}

#[test]
fn a_decision_right_before_the_expiry_counts() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    server.t.advance(LIFETIME - SECOND);
    server.t.visitor("alice").approve(&tv)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

#[test]
fn a_late_approval_brings_no_forgotten_grant_back() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    let alice = server.t.visitor("alice");
    let review = alice.review(&tv)?;
    server.t.advance(LIFETIME + 3_600 * SECOND);
    assert_eq!(server.t.purge(10)?, 1);
    assert_eq!(alice.approve(&review), REFUSED);
    assert_eq!(alice.release(&review), REFUSED);
    assert!(server.store.inner().is_empty());
    assert_eq!(tv.poll()?, Poll::InvalidGrant);
    Ok(())
}

#[test]
fn a_report_denies_and_raises_the_alarm() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    server.t.visitor("alice").report_not_me(&tv)?;
    assert_eq!(tv.poll()?, Poll::Denied);
    let event = server.t.events().last().unwrap();
    assert_eq!(event.kind.name(), "reported_not_me");
    assert_eq!(event.grant, Some(tv.grant_id()));
    assert_eq!(server.grant_of(&tv).state, "denied");
    Ok(())
}

#[test]
fn a_decision_whose_writes_fail_is_recognised_repeated_or_can_be_repeated() -> Test {
    for call in 1..=8 {
        for how in FAILURES {
            let server = Server::new([]);
            let tv = server.t.device("tv").authorize("")?;
            let alice = server.t.visitor("alice");
            let review = alice.review(&tv)?;
            server.store.disrupt(Occasion::nth(call), how.clone());
            let first = alice.approve(&review);
            let what = format!("{how:?} at call {call}: {first:?}");
            assert!(first.is_ok() || call == 1, "{what}");
            server.store.heal();
            alice.approve(&review)?;
            assert_eq!(tv.poll()?, Poll::Tokens, "{what}");
        }
    }
    Ok(())
}

#[test]
fn a_decision_during_an_outage_can_be_repeated_after_it() -> Test {
    for from in 1..=3 {
        for how in FAILURES {
            let server = Server::new([]);
            let tv = server.t.device("tv").authorize("")?;
            let alice = server.t.visitor("alice");
            let review = alice.review(&tv)?;
            for call in from..from + 10 {
                server.store.disrupt(Occasion::nth(call), how.clone());
            }
            let error = alice.deny(&review).err();
            let is_passing = matches!(
                error,
                Some(StepError::Fault {
                    retryable: true,
                    ..
                })
            );
            assert!(is_passing || from == 3, "{how:?} from call {from}");
            server.store.heal();
            alice.deny(&review)?;
            assert_eq!(tv.poll()?, Poll::Denied, "{how:?} from call {from}");
        }
    }
    Ok(())
}

#[test]
fn a_decision_that_is_dropped_is_made_or_can_be_made() -> Test {
    for call in 1..=2 {
        for how in [Disruption::HangBefore, Disruption::HangAfter] {
            let server = Server::new([]);
            let tv = server.t.device("tv").authorize("")?;
            let alice = server.t.visitor("alice");
            let review = alice.review(&tv)?;
            server.store.disrupt(Occasion::nth(call), how);
            assert_eq!(alice.approve(&review), Err(StepError::Hung));
            alice.approve(&review)?;
            assert_eq!(tv.poll()?, Poll::Tokens);
        }
    }
    Ok(())
}

#[test]
fn without_randomness_nothing_is_decided() -> Test {
    let entropy = FailingEntropy::after(64);
    let server = Server::with([], |builder| builder.entropy(entropy.clone()));
    let tv = server.t.device("tv").authorize("")?;
    let alice = server.t.visitor("alice");
    let review = alice.review(&tv)?;
    entropy.refill(0);
    let error = alice.approve(&review).unwrap_err();
    assert!(matches!(
        error,
        StepError::Fault {
            retryable: true,
            ..
        }
    ));
    entropy.refill(1);
    alice.approve(&review)?;
    server.t.advance(INTERVAL);
    entropy.refill(0);
    assert!(tv.poll().unwrap_err().is_fault());
    entropy.refill(64);
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

#[test]
fn a_grant_that_changes_under_every_attempt_is_a_passing_fault() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    let alice = server.t.visitor("alice").session("one");
    let review = alice.review(&tv)?;
    let stuck = super::always_lost::AlwaysLost::new(server.store.clone());
    let t = server.again_on(stuck);
    let same = t.visitor("alice").session("one");
    let attempts = [
        same.approve(&review),
        same.deny(&review),
        same.release(&review),
        t.revoke(&tv.grant_id()).map(drop),
    ];
    for attempt in attempts {
        let is_passing = matches!(
            attempt,
            Err(StepError::Fault {
                retryable: true,
                ..
            })
        );
        assert!(is_passing, "{attempt:?}");
    }
    assert_eq!(tv.poll()?, Poll::Pending);
    alice.approve(&review)?;
    Ok(())
}
