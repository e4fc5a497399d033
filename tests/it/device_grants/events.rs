//! The events that an observer gets, with their names and the account, client and grant of each.

use std::sync::{Arc, Mutex};

use device_grant::code::UserCodeFormat;
use device_grant::host::{Client, Event, EventKind, Quota, Ruling};
use device_grant::message::{ErrorResponse, TokenResponse};
use device_grant::testing::{
    Checkpoint, Disruption, Poll, Script, ScriptedPolicy, StepError, StoreCall,
};
use device_grant::{Limits, ReviewTicket};

use super::{INTERVAL, LIFETIME, SECOND, Server, Test, client};

/// The last event: its name, and whom it concerns as `grant client subject`.
fn last(server: &Server) -> (&'static str, String) {
    let event = server.t.events().last().unwrap();
    assert_eq!(event.at, server.t.now());
    let grant = event.grant.map(|_| "grant");
    let client = event.client.as_ref().map(|client| client.as_str());
    let subject = event.subject.as_ref().map(|subject| subject.as_str());
    let concerns = [grant, client, subject].into_iter().flatten();
    (event.kind.name(), concerns.collect::<Vec<_>>().join(" "))
}

fn heard(name: &'static str, concerns: &str) -> (&'static str, String) {
    (name, concerns.to_owned())
}

#[test]
fn of_the_way_to_the_tokens() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    assert_eq!(last(&server), heard("authorized", "grant tv"));
    let alice = server.t.visitor("alice");
    let review = alice.review(&tv)?;
    assert_eq!(last(&server), heard("reviewed", "grant tv alice"));
    alice.release(&review)?;
    assert_eq!(last(&server), heard("released", "grant tv alice"));
    let _ = (tv.poll()?, tv.poll()?, tv.poll()?);
    assert_eq!(last(&server), heard("slowed_down", "grant tv"));
    alice.approve(&tv)?;
    assert_eq!(last(&server), heard("approved", "grant tv alice"));
    assert_eq!(tv.poll()?, Poll::Tokens);
    assert_eq!(last(&server), heard("redeemed", "grant tv alice"));
    assert_eq!(tv.poll()?, Poll::InvalidGrant);
    assert_eq!(last(&server), heard("replayed", "grant tv alice"));
    let _ = server.t.revoke(&tv.grant_id())?;
    assert_eq!(last(&server), heard("revoked", "grant tv alice"));
    server.t.advance(LIFETIME + 3_600 * SECOND);
    assert_eq!(server.t.purge(9)?, 1);
    assert_eq!(last(&server), heard("purged", ""));
    Ok(())
}

#[test]
fn of_the_end_users_other_answers() -> Test {
    let server = Server::new([]);
    let alice = server.t.visitor("alice");
    alice.deny(&server.t.device("tv").authorize("")?)?;
    assert_eq!(last(&server), heard("denied", "grant tv alice"));
    alice.report_not_me(&server.t.device("tv").authorize("")?)?;
    assert_eq!(last(&server), heard("reported_not_me", "grant tv alice"));
    Ok(())
}

#[test]
fn of_what_somebody_may_be_trying() -> Test {
    let server = Server::new([]);
    let bob = server.t.visitor("bob");
    assert!(bob.type_code("WDJB-MJHT").is_err());
    assert_eq!(last(&server), heard("unknown_user_code", "bob"));
    let device = server.t.device("tv").expected_subject("alice");
    let tv = device.authorize("")?;
    assert!(bob.review(&tv).is_err());
    assert_eq!(last(&server), heard("unexpected_subject", "grant tv bob"));
    let radio = server.t.device("radio").authorize("")?;
    let review = server.t.visitor("alice").review(&radio)?;
    assert!(bob.review(&radio).is_err());
    assert_eq!(
        last(&server),
        heard("claimed_by_another", "grant radio bob")
    );
    for refused in [
        bob.approve(&review),
        bob.deny(&review),
        bob.release(&review),
    ] {
        assert_eq!(refused, Err(StepError::TicketRefused));
        assert_eq!(last(&server), heard("ticket_refused", "grant radio bob"));
    }
    let forged = format!("{}.{}", "0".repeat(32), "0".repeat(32));
    assert!(bob.approve(&forged.parse::<ReviewTicket>()?).is_err());
    assert_eq!(last(&server), heard("ticket_refused", "bob"));
    assert_eq!(tv.poll_as(&client("thief"))?, Poll::InvalidGrant);
    assert_eq!(last(&server), heard("unknown_device_code", "thief"));
    let unknown = device_grant::DeviceTokenRequest::new("unknown");
    assert_eq!(tv.poll_with(tv.client(), unknown)?, Poll::InvalidGrant);
    assert_eq!(last(&server), heard("unknown_device_code", "tv"));
    let web = server.t.device("web").client(Client::new("web"));
    assert!(web.authorize("").is_err());
    assert_eq!(last(&server), heard("authorization_refused", "web"));
    Ok(())
}

#[test]
fn of_limits_with_their_keys() -> Test {
    let limits = Limits::default()
        .entries_per_subject(Quota::new(1, 60 * SECOND))
        .expected_hits(1.41e-7);
    let format = UserCodeFormat::base20().with_lengths(8..=8)?;
    let server = Server::with([], |builder| {
        builder.limits(limits).user_code_format(format)
    });
    for _ in 0..2 {
        assert!(server.t.visitor("bob").type_code("WDJB-MJHT").is_err());
    }
    assert_eq!(last(&server), heard("limited", "bob"));
    let line = server.t.events().last().unwrap().to_string();
    assert_eq!(line, r#"limited subject="bob" key="entry/subject:bob""#);
    for account in 0..9 {
        let who = server.t.visitor(&account.to_string());
        assert!(who.type_code("WDJB-MJHT").is_err());
    }
    assert!(server.t.visitor("eve").type_code("WDJB-MJHT").is_err());
    assert_eq!(last(&server), heard("guess_budget_exceeded", "eve"));
    let line = server.t.events().last().unwrap().to_string();
    assert!(
        line.contains(r#"key="failed-entry/BCDFGHJKLMNPQRSTVWXZ:8""#),
        "{line}"
    );
    Ok(())
}

#[test]
fn of_the_policys_and_the_issuers_no() -> Test {
    let policy = ScriptedPolicy::new();
    let refuse = || Ruling::Refuse(ErrorResponse::access_denied());
    let server = Server::with([], |builder| builder.policy(policy.clone()));
    let tv = server.t.device("tv").authorize("")?;
    policy.rule(Checkpoint::Approval, refuse());
    assert!(server.t.visitor("alice").approve(&tv).is_err());
    assert_eq!(last(&server), heard("approval_refused", "grant tv alice"));
    policy.rule(Checkpoint::Approval, Ruling::Allow);
    server.t.visitor("alice").approve(&tv)?;
    policy.fail(Checkpoint::Redemption);
    assert_eq!(tv.poll()?, Poll::Unavailable);
    assert_eq!(
        last(&server),
        heard("redemption_postponed", "grant tv alice")
    );
    policy.rule(Checkpoint::Redemption, refuse());
    server.t.advance(INTERVAL);
    assert_eq!(tv.poll()?, Poll::Refused);
    assert_eq!(last(&server), heard("redemption_refused", "grant tv alice"));
    Ok(())
}

#[test]
fn of_faults_with_their_causes() -> Test {
    let unfit = TokenResponse::bearer("", SECOND);
    let server = Server::new([Script::Response(unfit)]);
    let tv = server.approved_device();
    assert!(tv.poll().is_err());
    let names = server.t.events().names();
    assert_eq!(names[names.len() - 2..], ["discarded", "fault"]);
    let line = server.t.events().last().unwrap().to_string();
    let broken =
        "the token issuer broke its contract: access_token is not printable ASCII, or is empty";
    let grant = tv.grant_id();
    let whose = format!(r#"grant={grant} client="tv" subject="alice""#);
    let since = "since_issued=0.000s since_approval=0.000s";
    let fields = format!("port=issuer retryable=false cause={broken:?}");
    assert_eq!(line, format!("fault {whose} {since} {fields}"));

    server.t.advance(INTERVAL);
    server
        .store
        .disrupt(StoreCall::Replace.nth(2), Disruption::FailBefore);
    server
        .store
        .disrupt(StoreCall::Find.always(), Disruption::FailBefore);
    assert!(tv.poll().is_err());
    assert_eq!(last(&server), heard("commit_unknown", "grant tv alice"));
    Ok(())
}

#[test]
fn each_on_one_line_that_no_client_or_user_can_break() {
    let mut event = Event::new(
        EventKind::Approved,
        device_grant::testing::ManualClock::START,
    );
    event.client = Some("tv\nfault".into());
    event.subject = Some("al\"ice\r".into());
    let line = r#"approved client="tv\nfault" subject="al\"ice\r""#;
    assert_eq!(event.to_string(), line);
}

#[test]
fn a_fault_names_port_and_method_and_says_whether_to_try_again() {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("").unwrap();
    let failure = Disruption::FailBefore;
    server.store.disrupt(StoreCall::RecordPoll.nth(1), failure);
    assert!(tv.poll().is_err());
    let EventKind::Fault {
        port,
        operation,
        is_retryable,
        ..
    } = server.t.events().last().unwrap().kind
    else {
        panic!("the last event is a fault");
    };
    assert_eq!(
        (port, operation, is_retryable),
        ("store", "record_poll", true)
    );
}

/// An operator is woken by calls that fail, and not by the host's own no.
#[test]
fn a_refusal_is_an_answer_of_the_issuer_and_an_outage_is_none() -> Test {
    let refusal = ErrorResponse::access_denied();
    for (script, is_answer) in [
        (Script::Tokens, true),
        (Script::Refused(refusal), true),
        (Script::Unavailable, false),
    ] {
        let what = format!("{script:?}");
        let issued = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&issued);
        let server = Server::with([script], |builder| {
            builder.observer(move |event: &Event| {
                if let EventKind::PortCalled {
                    operation: "issue",
                    is_ok,
                    ..
                } = event.kind
                {
                    heard.lock().unwrap().push(is_ok);
                }
            })
        });
        let _ = server.approved_device().poll()?;
        assert_eq!(*issued.lock().unwrap(), [is_answer], "{what}");
    }
    Ok(())
}

#[test]
fn an_approval_and_its_redemption_say_how_long_they_took() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    server.t.advance(40 * SECOND);
    server.t.visitor("alice").approve(&tv)?;
    let approved = server.t.events().last().unwrap();
    assert_eq!(approved.since_issued, Some(40 * SECOND));
    server.t.advance(3 * SECOND);
    assert_eq!(tv.poll()?, Poll::Tokens);
    let redeemed = server.t.events().last().unwrap();
    assert_eq!(redeemed.since_issued, Some(43 * SECOND));
    assert_eq!(redeemed.since_approval, Some(3 * SECOND));
    Ok(())
}

#[test]
fn the_source_is_the_end_users_where_one_acts_and_the_devices_otherwise() -> Test {
    let server = Server::new([]);
    let (device, home) = ([203, 0, 113, 7].into(), [198, 51, 100, 4].into());
    let tv = server.t.device("tv").ip(device).authorize("")?;
    assert_eq!(server.t.events().last().unwrap().source, Some(device));
    let alice = server.t.visitor("alice").ip(home);
    alice.approve(&tv)?;
    assert_eq!(server.t.events().last().unwrap().source, Some(home));
    assert_eq!(tv.poll()?, Poll::Tokens);
    assert_eq!(server.t.events().last().unwrap().source, Some(device));
    Ok(())
}

#[test]
fn a_code_that_is_entered_after_its_end_names_its_grant_to_the_host_alone() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    server.t.visitor("alice").approve(&tv)?;
    let bob = server.t.visitor("bob");
    let used = bob.review(&tv).map(|_| ());
    assert_eq!(used, bob.type_code("WDJB-MJHT").map(|_| ()));
    let events = server.t.events().all();
    let [.., used, unknown] = &events[..] else {
        panic!("two codes were entered");
    };
    assert_eq!(used.kind, EventKind::UnknownUserCode);
    assert_eq!((used.grant, unknown.grant), (Some(tv.grant_id()), None));
    assert_eq!(used.subject.as_ref().unwrap().as_str(), "bob");
    Ok(())
}

#[test]
fn an_observer_that_panics_costs_nobody_anything() -> Test {
    let server = Server::with([], |builder| {
        builder.observer(|event: &Event| panic!("at {}", event.kind.name()))
    });
    let tv = server.t.device("tv").authorize("")?;
    server.t.visitor("alice").approve(&tv)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}
