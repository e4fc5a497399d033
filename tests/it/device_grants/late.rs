//! The time goes on while policy, issuer and store work: nothing is decided or issued on what is over by then.

use std::time::Duration;

use async_trait::async_trait;
use device_grant::DeviceAuthorizationRequest;
use device_grant::host::{
    ApprovalContext, AuthorizationContext, IssueError, Policy, PortError, Redemption, Ruling,
    TokenIssuer,
};
use device_grant::message::TokenResponse;
use device_grant::testing::{
    Checkpoint, Disruption, ManualClock, Poll, Scenario, Script, ScriptedIssuer, StepError,
    StoreCall, WaitingDevice,
};
use device_grant::{Approval, Builder};

use super::{INTERVAL, LEASE, LIFETIME, SECOND, Server, Test, wire};

const TAKES: Duration = Duration::from_secs(5);
const WINDOW: Duration = Duration::from_secs(60);

/// Allows everything, and takes its time at one point.
struct Slow {
    clock: ManualClock,
    at: Checkpoint,
    takes: Duration,
}

impl Slow {
    fn think(&self, at: Checkpoint) -> Result<Ruling, PortError> {
        if at == self.at {
            self.clock.advance(self.takes);
        }
        Ok(Ruling::Allow)
    }
}

#[async_trait]
impl Policy for Slow {
    async fn at_authorization(&self, _: &AuthorizationContext<'_>) -> Result<Ruling, PortError> {
        self.think(Checkpoint::Authorization)
    }

    async fn at_approval(&self, _: &ApprovalContext<'_>) -> Result<Ruling, PortError> {
        self.think(Checkpoint::Approval)
    }

    async fn at_redemption(&self, _: &Redemption) -> Result<Ruling, PortError> {
        self.think(Checkpoint::Redemption)
    }
}

fn slow(
    at: Checkpoint,
    takes: Duration,
    script: impl IntoIterator<Item = Script>,
    configure: impl FnOnce(Builder) -> Builder,
) -> Server {
    let mut server = Server::with(script, |builder| builder);
    let clock = server.t.clock().clone();
    let policy = Slow {
        clock: clock.clone(),
        at,
        takes,
    };
    let t = Scenario::on_clock(clock, server.issuer.clone(), |builder| {
        configure(builder.store(server.store.clone()).policy(policy))
    });
    server.t = t.unwrap();
    server
}

/// The device hears `expired_token`, again and again, and the issuer is not asked any more.
fn is_over(server: &Server, tv: &WaitingDevice, asked: usize) -> Test {
    for _ in 0..2 {
        let _ = tv.poll()?;
        assert_eq!(wire(tv).2["error"], "expired_token");
        server.t.advance(INTERVAL);
    }
    assert_eq!(server.issuer.asked().len(), asked);
    Ok(())
}

#[test]
fn codes_that_expire_while_the_policy_is_asked_are_not_approved() -> Test {
    let server = slow(Checkpoint::Approval, TAKES, [], |builder| builder);
    let tv = server.t.device("tv").authorize("openid")?;
    server.t.advance(LIFETIME - 3 * SECOND);
    let approved = server.t.visitor("alice").approve(&tv);
    assert_eq!(approved, Err(StepError::TicketRefused));
    assert_eq!(server.t.events().count("approved"), 0);
    assert_eq!(tv.poll()?, Poll::Expired);
    Ok(())
}

#[test]
fn a_review_that_ends_while_the_policy_is_asked_approves_nothing() -> Test {
    let server = slow(Checkpoint::Approval, TAKES, [], |builder| {
        builder.review_lifetime(WINDOW)
    });
    let tv = server.t.device("tv").authorize("openid")?;
    let alice = server.t.visitor("alice");
    let review = alice.review(&tv)?;
    server.t.advance(WINDOW - 3 * SECOND);
    assert_eq!(alice.approve(&review), Err(StepError::TicketRefused));
    assert_eq!(tv.poll()?, Poll::Pending);
    Ok(())
}

#[test]
fn a_sign_in_that_grows_too_old_while_the_policy_is_asked_is_too_old() -> Test {
    let server = slow(Checkpoint::Approval, TAKES, [], |builder| builder);
    let request = DeviceAuthorizationRequest::from_pairs([("max_age", "60")])?;
    let signed_in = server.t.now() - 57 * SECOND;
    let tv = server.t.device("tv").request(request)?;
    let approval = Approval::all().auth_time(signed_in);
    let approved = server.t.visitor("alice").granting(approval).approve(&tv);
    assert!(
        matches!(approved, Err(StepError::StepUp(_))),
        "{approved:?}"
    );
    Ok(())
}

#[test]
fn codes_that_expire_while_the_policy_is_asked_get_no_tokens() -> Test {
    let server = slow(Checkpoint::Redemption, TAKES, [], |builder| builder);
    let tv = server.approved_device();
    server.t.advance(LIFETIME - 3 * SECOND);
    is_over(&server, &tv, 0)
}

#[test]
fn an_approval_that_lapses_while_the_policy_is_asked_gets_no_tokens() -> Test {
    let server = slow(Checkpoint::Redemption, TAKES, [], |builder| {
        builder.redemption_window(WINDOW)
    });
    let tv = server.approved_device();
    server.t.advance(WINDOW - 3 * SECOND);
    is_over(&server, &tv, 0)?;
    assert_eq!(server.t.events().count("approval_lapsed"), 1);
    Ok(())
}

#[test]
fn a_lease_that_ends_while_the_policy_is_asked_issues_nothing() -> Test {
    let server = slow(Checkpoint::Redemption, LEASE, [], |builder| builder);
    let tv = server.approved_device();
    let polled = tv.poll()?;
    assert!(
        matches!(polled, Poll::Pending | Poll::Unavailable),
        "{polled:?}"
    );
    assert!(server.issuer.asked().is_empty());
    Ok(())
}

#[test]
fn a_window_for_redelivery_that_ends_meanwhile_delivers_nothing_again() -> Test {
    let server = slow(Checkpoint::Redemption, TAKES, [], |builder| {
        builder.redelivery(WINDOW)
    });
    let tv = server.approved_device();
    assert_eq!(tv.poll()?, Poll::Tokens);
    server.t.advance(WINDOW - 3 * SECOND);
    assert_eq!(tv.poll()?, Poll::InvalidGrant);
    assert_eq!(server.issuer.asked().len(), 1);

    let server = Server::with([Script::Tokens, Script::Late(TAKES)], |builder| {
        builder.redelivery(WINDOW)
    });
    let tv = server.approved_device();
    assert_eq!(tv.poll()?, Poll::Tokens);
    server.t.advance(WINDOW - 3 * SECOND);
    assert_eq!(tv.poll()?, Poll::InvalidGrant);
    assert!(
        server.issuer.discarded().is_empty(),
        "the device may hold them"
    );
    Ok(())
}

#[test]
fn a_lease_that_is_over_or_nearly_so_when_the_store_answers_issues_nothing() -> Test {
    for takes in [LEASE, LEASE * 4 / 5] {
        let server = Server::new([]);
        let tv = server.approved_device();
        let clock = server.t.clock().clone();
        let passes = Disruption::meanwhile(move || clock.advance(takes));
        server.store.disrupt(StoreCall::Replace.nth(1), passes);
        let polled = tv.poll()?;
        assert!(
            matches!(polled, Poll::Pending | Poll::Unavailable),
            "{polled:?}"
        );
        assert!(server.issuer.asked().is_empty(), "{takes:?}");
        // The issuer is not to blame: the next attempt waits for the lease and for no pause.
        server.t.advance(LEASE - takes);
        assert_eq!(tv.poll()?, Poll::Tokens, "{takes:?}");
        assert_eq!(server.issuer.asked()[0].ordinal, 2);
        assert_eq!(server.issuer.asked().len(), 1);
    }
    Ok(())
}

/// Cannot work before this time.
struct DownUntil(ManualClock, device_grant::grant::Timestamp);

#[async_trait]
impl TokenIssuer for DownUntil {
    async fn issue(&self, _: &Redemption) -> Result<TokenResponse, IssueError> {
        use device_grant::host::Clock;
        if self.0.now() < self.1 {
            return Err(IssueError::unavailable("down"));
        }
        Ok(TokenResponse::bearer("token", 3_600 * SECOND))
    }

    async fn discard(&self, _: &Redemption, _: TokenResponse) {}
}

#[test]
fn an_issuer_that_is_back_within_the_window_is_in_time() -> Test {
    let clock = ManualClock::new();
    for (window, down) in [(60, 36), (30, 20), (12, 6)] {
        let issuer = DownUntil(clock.clone(), ManualClock::START + LIFETIME + down * SECOND);
        clock.set(ManualClock::START + LIFETIME);
        let t = Scenario::on_clock(clock.clone(), issuer, |builder| {
            builder.redemption_window(window * SECOND)
        })?;
        let tv = t.device("tv").authorize("openid")?;
        t.visitor("alice").approve(&tv)?;
        let heard: Vec<Poll> = (0..=window / 5)
            .map(|_| {
                let heard = tv.poll().unwrap();
                t.advance(INTERVAL);
                heard
            })
            .collect();
        assert!(
            heard.contains(&Poll::Tokens),
            "window {window} s: {heard:?}"
        );
    }
    Ok(())
}

#[test]
fn an_issuer_that_says_much_later_does_not_delay_the_end_of_the_approval() -> Test {
    let window = 30 * SECOND;
    let later = 500 * SECOND;
    for polled_before in [0, 24, 28] {
        let server = Server::with(vec![Script::UnavailableFor(later); 100], |builder| {
            builder.redemption_window(window)
        });
        let tv = server.approved_device();
        server.t.advance(polled_before * SECOND);
        assert_eq!(tv.poll()?, Poll::Unavailable);
        server.t.advance(window - polled_before * SECOND);
        let _ = tv.poll()?;
        assert_eq!(wire(&tv).2["error"], "expired_token", "{polled_before}");
    }
    Ok(())
}

/// One node knows of no window, and wrote a long pause.
#[test]
fn a_pause_that_was_written_without_a_window_does_not_delay_its_end() -> Test {
    let server = Server::new([Script::UnavailableFor(500 * SECOND)]);
    let tv = server.approved_device();
    assert_eq!(tv.poll()?, Poll::Unavailable);
    let mut strict = Server::new([]);
    strict.store = server.store.clone();
    strict.t = Scenario::on_clock(
        server.t.clock().clone(),
        ScriptedIssuer::new([]),
        |builder| {
            builder
                .store(server.store.clone())
                .redemption_window(30 * SECOND)
        },
    )?;
    server.t.advance(30 * SECOND);
    let request = tv.poll_request();
    let heard = device_grant::testing::block_on(strict.t.grants().poll(tv.client(), request));
    let device_grant::testing::Ran::Done(Ok(heard)) = heard else {
        panic!("{heard:?}");
    };
    assert!(
        matches!(heard, device_grant::PollOutcome::Expired),
        "{heard:?}"
    );
    Ok(())
}

#[test]
fn what_the_device_is_told_of_a_pause_ends_with_the_window_for_redelivery() -> Test {
    let script = [Script::Tokens, Script::UnavailableFor(500 * SECOND)];
    let server = Server::with(script, |builder| builder.redelivery(WINDOW));
    let tv = server.approved_device();
    assert_eq!(tv.poll()?, Poll::Tokens);
    assert_eq!(tv.poll()?, Poll::Unavailable);
    let seconds: u64 = wire(&tv).1.unwrap().parse()?;
    assert!(seconds <= INTERVAL.as_secs(), "{seconds}");
    Ok(())
}
