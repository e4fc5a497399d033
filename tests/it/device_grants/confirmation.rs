//! Confirmation codes: what a device gets with the right one, with wrong ones, and what nobody learns.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread;

use device_grant::code::{CodeKeys, ConfirmationCode};
use device_grant::device_grants::Revisit;
use device_grant::grant::HostData;
use device_grant::host::{Client, GrantStore, Ruling, Terms};
use device_grant::store::MemoryStore;
use device_grant::testing::{
    Checkpoint, Disruption, ManualClock, Occasion, Poll, Ran, Scenario, Script, ScriptedIssuer,
    ScriptedPolicy, StepError, WaitingDevice, block_on,
};

use super::{INTERVAL, LIFETIME, SECOND, Server, Test, client, wire};

const KEY: &str = "bm90IGEgc2VjcmV0OiBmb3IgZG9jdW1lbnRhdGlvbi4u";
const OTHER_KEY: &str = "YWxzbyBub3QgYSBzZWNyZXQ6IGZvciBkb2NzIG9ubHkhIQ==";

fn strict() -> Client {
    let terms = Terms::new("openid".parse().unwrap());
    Client::new("cli").device_grant(terms.confirmation_code(true))
}

fn required(tries_left: u32) -> Poll {
    Poll::ConfirmationRequired { tries_left }
}

/// A device whose grant alice has approved, and the code that she is shown.
fn approved(t: &Scenario) -> (WaitingDevice, ConfirmationCode) {
    let cli = t
        .device("cli")
        .client(strict())
        .authorize("openid")
        .unwrap();
    let alice = t.visitor("alice").session("laptop");
    let code = alice.approve_to_confirm(&cli).unwrap().unwrap();
    (cli, code)
}

fn send(device: &WaitingDevice, code: &str) -> Result<Poll, StepError> {
    let request = device.poll_request().with_confirmation_code(code);
    device.poll_with(device.client(), request)
}

/// Sends a code when the next poll is due.
fn send_later(server: &Server, device: &WaitingDevice, code: &str) -> Result<Poll, StepError> {
    server.t.advance(INTERVAL);
    send(device, code)
}

/// Codes that are not this one.
fn wrong(right: &ConfirmationCode, count: u32) -> Vec<String> {
    let right: u32 = right.expose().parse().unwrap();
    let others = (1..=count).map(|distance| (right + distance) % 1_000_000);
    others.map(|code| format!("{code:06}")).collect()
}

#[test]
fn the_device_gets_tokens_with_the_right_code_and_not_before() -> Test {
    let server = Server::new([]);
    let (cli, code) = approved(&server.t);
    assert_eq!(cli.poll()?, required(3));
    let (status, _, body) = wire(&cli);
    assert_eq!(status, 400);
    assert_eq!(body["error"], "authorization_pending");
    assert_eq!(body["confirmation_required"], true);
    assert_eq!(body["confirmation_tries_left"], 3);
    let (one, other) = code.expose().split_at(3);
    let spelled = format!(" {one} - {other} ");
    assert_eq!(send_later(&server, &cli, &spelled)?, Poll::Tokens);
    assert_eq!(cli.poll()?, Poll::InvalidGrant);
    Ok(())
}

#[test]
fn without_terms_or_policy_nobody_is_asked_for_a_code() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("openid")?;
    let code = server.t.visitor("alice").approve_to_confirm(&tv)?;
    assert!(code.is_none());
    assert_eq!(send(&tv, "123456")?, Poll::Tokens);
    Ok(())
}

#[test]
fn a_policy_asks_at_the_authorization_or_at_the_approval() -> Test {
    for checkpoint in [Checkpoint::Authorization, Checkpoint::Approval] {
        let policy = ScriptedPolicy::new();
        let server = Server::with([], |builder| builder.policy(policy.clone()));
        policy.rule(checkpoint, Ruling::Confirm);
        let tv = server.t.device("tv").authorize("openid")?;
        let code = server.t.visitor("alice").approve_to_confirm(&tv)?.unwrap();
        assert_eq!(tv.poll()?, required(3), "{checkpoint:?}");
        let answer = send_later(&server, &tv, code.expose())?;
        assert_eq!(answer, Poll::Tokens, "{checkpoint:?}");
    }
    let policy = ScriptedPolicy::new();
    let server = Server::with([], |builder| builder.policy(policy.clone()));
    let tv = server.approved_device();
    policy.rule(Checkpoint::Redemption, Ruling::Confirm);
    assert_eq!(tv.poll()?, Poll::Refused);
    Ok(())
}

#[test]
fn the_last_of_three_wrong_codes_ends_the_grant_with_an_event() -> Test {
    let server = Server::new([]);
    let (cli, code) = approved(&server.t);
    let wrong = wrong(&code, 3);
    assert_eq!(send_later(&server, &cli, &wrong[0])?, required(2));
    assert_eq!(send_later(&server, &cli, &wrong[1])?, required(1));
    assert_eq!(send_later(&server, &cli, &wrong[2])?, Poll::Refused);
    assert_eq!(wire(&cli).2["error"], "access_denied");
    assert_eq!(send_later(&server, &cli, code.expose())?, Poll::Refused);
    let events = server.t.events();
    assert_eq!(events.count("wrong_confirmation_code"), 3);
    assert_eq!(events.count("confirmation_failed"), 1);
    let failed = events.last().unwrap();
    assert_eq!(failed.subject.unwrap().as_str(), "alice");
    assert!(server.issuer.asked().is_empty());
    Ok(())
}

#[test]
fn a_wrong_code_whose_reply_is_lost_is_counted_once() -> Test {
    let server = Server::new([]);
    let (cli, code) = approved(&server.t);
    let wrong = wrong(&code, 2);
    for _ in 0..5 {
        assert_eq!(send_later(&server, &cli, &wrong[0])?, required(2));
    }
    assert_eq!(send_later(&server, &cli, &wrong[1])?, required(1));
    assert_eq!(send_later(&server, &cli, &wrong[0])?, required(1));
    assert_eq!(send_later(&server, &cli, code.expose())?, Poll::Tokens);
    assert_eq!(server.t.events().count("wrong_confirmation_code"), 2);
    Ok(())
}

#[test]
fn a_text_that_cannot_be_a_code_costs_no_try() -> Test {
    let server = Server::new([]);
    let (cli, code) = approved(&server.t);
    let longer = format!("{}0", code.expose());
    let right = code.expose();
    let (shorter, _) = right.split_at(5);
    for text in [
        "",
        " ",
        "12345",
        &longer,
        "12345a",
        "１２３４５６",
        "0x1234",
        "-",
        shorter,
    ] {
        assert_eq!(send_later(&server, &cli, text)?, required(3), "{text:?}");
    }
    assert_eq!(send_later(&server, &cli, right)?, Poll::Tokens);
    Ok(())
}

#[test]
fn speed_buys_no_tries() -> Test {
    let server = Server::new([]);
    let (cli, code) = approved(&server.t);
    server.t.advance(INTERVAL);
    assert_eq!(cli.poll()?, required(3));
    assert_eq!(
        cli.poll()?,
        required(3),
        "the one repetition that is let pass"
    );
    server.t.advance(SECOND);
    for code in wrong(&code, 100) {
        assert!(matches!(send(&cli, &code)?, Poll::SlowDown { .. }));
    }
    assert_eq!(server.t.events().count("wrong_confirmation_code"), 0);
    assert_eq!(send_later(&server, &cli, code.expose())?, Poll::Tokens);
    Ok(())
}

#[test]
fn ten_thousand_codes_find_no_tokens() -> Test {
    let server = Server::new([]);
    let (cli, code) = approved(&server.t);
    for code in wrong(&code, 10_000) {
        let _ = send(&cli, &code)?;
        server.t.advance(SECOND / 100);
    }
    server.t.advance(INTERVAL);
    assert_ne!(send(&cli, code.expose())?, Poll::Tokens);
    assert_eq!(server.t.events().count("confirmation_failed"), 1);
    Ok(())
}

#[test]
fn no_code_of_another_grant_is_good_nor_is_one_of_an_earlier_approval() -> Test {
    let server = Server::new([]);
    let (cli, code) = approved(&server.t);
    let (other, its_code) = approved(&server.t);
    assert_ne!(
        code.expose(),
        its_code.expose(),
        "one in a million is the same: run again"
    );
    assert_eq!(send_later(&server, &cli, its_code.expose())?, required(2));
    assert_eq!(send_later(&server, &cli, code.expose())?, Poll::Tokens);
    assert_eq!(send(&other, code.expose())?, required(2), "replayed");
    Ok(())
}

#[test]
fn the_code_is_shown_to_the_approving_session_until_the_device_has_sent_it() -> Test {
    let server = Server::new([]);
    let cli = server
        .t
        .device("cli")
        .client(strict())
        .authorize("openid")?;
    let alice = server.t.visitor("alice").session("laptop");
    let review = alice.review(&cli)?;
    let code = alice.approve_to_confirm(&review)?.unwrap();
    let again = alice.approve_to_confirm(&review)?.unwrap();
    assert_eq!(again.expose(), code.expose(), "a double click");
    let shown = |subject: &str, session: &str| {
        let visitor = server.t.visitor(subject).session(session);
        let grants = server.t.grants();
        let found = grants.revisit(&review.ticket, cli.user_code(), visitor.visitor());
        match block_on(found) {
            Ran::Done(Ok(Revisit::Unconfirmed(code))) => code.expose().to_owned(),
            Ran::Done(Ok(Revisit::Approved(_) | Revisit::Redeemed(_))) => "approved".to_owned(),
            Ran::Done(_) | Ran::Hung | Ran::Panicked(_) => "nothing".to_owned(),
        }
    };
    assert_eq!(shown("alice", "laptop"), code.expose());
    assert_eq!(shown("alice", "phone"), "nothing");
    assert_eq!(shown("bob", "laptop"), "nothing");
    assert_eq!(send(&cli, code.expose())?, Poll::Tokens);
    assert_eq!(shown("alice", "laptop"), "approved");
    Ok(())
}

#[test]
fn nobody_reviews_or_denies_what_waits_for_its_confirmation() -> Test {
    let server = Server::new([]);
    let (cli, code) = approved(&server.t);
    for visitor in ["alice", "bob"] {
        let again = server.t.visitor(visitor).session("laptop").review(&cli);
        assert_eq!(again.err(), Some(StepError::UnknownUserCode));
    }
    assert_eq!(send(&cli, code.expose())?, Poll::Tokens);
    Ok(())
}

#[test]
fn the_code_ends_with_the_codes_of_the_device_and_with_the_window() -> Test {
    let server = Server::new([]);
    let (cli, code) = approved(&server.t);
    server.t.advance(LIFETIME);
    assert_eq!(send(&cli, code.expose())?, Poll::Expired);
    let window = 60 * SECOND;
    let server = Server::with([], |builder| builder.redemption_window(window));
    let (cli, code) = approved(&server.t);
    server.t.advance(window);
    assert_eq!(send(&cli, code.expose())?, Poll::Expired);
    assert_eq!(wire(&cli).2["error"], "expired_token");
    Ok(())
}

#[test]
fn a_confirmed_approval_survives_an_issuer_that_is_away() -> Test {
    let server = Server::new([Script::Unavailable]);
    let (cli, code) = approved(&server.t);
    assert_eq!(send(&cli, code.expose())?, Poll::Unavailable);
    server.t.advance(INTERVAL);
    assert_eq!(cli.poll()?, Poll::Tokens, "without the code: it was sent");
    Ok(())
}

#[test]
fn faults_at_any_store_call_burn_neither_the_approval_nor_a_try() -> Test {
    for call in 1..6 {
        for disruption in [
            Disruption::FailBefore,
            Disruption::FailAfter,
            Disruption::HangAfter,
        ] {
            let what = format!("{disruption:?} at call {call}");
            let server = Server::new([]);
            let (cli, code) = approved(&server.t);
            server.store.forget_calls();
            server.store.disrupt(Occasion::nth(call), disruption);
            let wrong = wrong(&code, 1).remove(0);
            let _ = send_later(&server, &cli, &wrong);
            server.store.heal();
            assert_eq!(send_later(&server, &cli, &wrong)?, required(2), "{what}");
            assert_eq!(
                send_later(&server, &cli, code.expose())?,
                Poll::Tokens,
                "{what}"
            );
        }
    }
    Ok(())
}

#[test]
fn two_racing_polls_with_the_right_code_get_one_set_of_tokens() -> Test {
    for round in 0..50 {
        let server = Server::new([]);
        let (cli, code) = approved(&server.t);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| send(&cli, code.expose()));
            }
        });
        assert_eq!(cli.token_sets(), 1, "round {round}");
    }
    Ok(())
}

#[test]
fn who_holds_no_device_code_learns_nothing() -> Test {
    let server = Server::new([]);
    let (cli, code) = approved(&server.t);
    let request = cli.poll_request().with_confirmation_code(code.expose());
    assert_eq!(cli.poll_with(&client("box"), request)?, Poll::InvalidGrant);
    assert_eq!(cli.poll()?, required(3));
    Ok(())
}

#[test]
fn the_code_outlives_a_rotation_of_keys_and_is_nowhere_in_the_store() -> Test {
    let clock = ManualClock::new();
    let store = Arc::new(MemoryStore::new().with_clock(clock.clone()));
    let issuer = ScriptedIssuer::new([]);
    let node = |keys: CodeKeys| {
        let on = Scenario::on_clock(clock.clone(), issuer.clone(), |builder| {
            builder.store(Arc::clone(&store)).keys(keys)
        });
        on.unwrap()
    };
    let (before, after) = (
        node(CodeKeys::from_base64(KEY)?),
        node(CodeKeys::parse(&format!("{KEY} {OTHER_KEY}"))?),
    );
    let (cli, code) = approved(&before);
    let Ran::Done(row) = block_on(store.find(&cli.grant_id())) else {
        panic!("the memory store answers at once");
    };
    let body = String::from_utf8(row?.unwrap().body.as_bytes().to_vec())?;
    assert!(!body.contains(code.expose()), "{body}");
    let request = cli.poll_request().with_confirmation_code(code.expose());
    assert!(!format!("{request:?} {code:?}").contains(code.expose()));
    let Ran::Done(outcome) = block_on(after.grants().poll(cli.client(), request)) else {
        panic!("the memory store answers at once");
    };
    assert_eq!(Poll::from(&outcome?), Poll::Tokens);
    Ok(())
}

/// A phisher starts a grant on a device of their own. The victim types its user code and approves, and has no device to
/// enter the confirmation code on; the phisher, who is not told it, guesses.
#[test]
fn phishing_without_a_relay_never_succeeds_in_a_thousand_approvals() -> Test {
    let server = Server::with([], |builder| builder.lifetime(LIFETIME));
    let mut codes = BTreeSet::new();
    for victim in 0..1_000_u32 {
        let device = server.t.device("cli").client(strict());
        let victims_data = HostData::new([("victim", victim)])?;
        let device = device.data(victims_data).authorize("openid")?;
        let approved = server.t.visitor(&format!("victim{victim}"));
        codes.insert(
            approved
                .approve_to_confirm(&device)?
                .unwrap()
                .expose()
                .to_owned(),
        );
        let guesses =
            (0..3_u32).map(|n| victim.wrapping_mul(2_654_435_761).wrapping_add(n * 333_331));
        for guess in guesses {
            server.t.advance(INTERVAL);
            assert_ne!(
                send(&device, &format!("{:06}", guess % 1_000_000))?,
                Poll::Tokens
            );
        }
        assert_eq!(device.token_sets(), 0);
    }
    assert!(codes.len() > 990, "{} different codes", codes.len());
    Ok(())
}
