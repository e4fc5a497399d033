//! Failures between the approval and the commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use device_grant::grant::Refusal;
use device_grant::host::{Entropy, PortError, Ruling, System};
use device_grant::message::TokenResponse;
use device_grant::testing::{
    Checkpoint, Disruption, Occasion, Script, ScriptedPolicy, StoreCall, block_on,
};

use super::super::{LEASE, LIFETIME, SECOND, Test};
use super::Redeeming;

/// Cuts the redemption short at a call of the store, or from there on.
fn cut(script: Option<Script>, cuts: &[(Occasion, Disruption)]) -> Redeeming {
    let mut redeeming = Redeeming::new(script);
    for (occasion, how) in cuts {
        redeeming.server.store.disrupt(*occasion, how.clone());
    }
    redeeming.poll();
    redeeming
}

/// How often an issuer is asked in the lifetime of a grant, if it never works.
const ATTEMPTS: usize = 24;

/// The lease is the first write, and how the attempt ends the second one.
fn leasing() -> Occasion {
    StoreCall::Replace.nth(1)
}

fn ending() -> Occasion {
    StoreCall::Replace.nth(2)
}

fn and_then_away() -> (Occasion, Disruption) {
    (StoreCall::Find.always(), Disruption::FailBefore)
}

#[test]
fn the_store_is_away() -> Test {
    let cuts = [(Occasion::always(), Disruption::FailBefore)];
    cut(None, &cuts).golden("the store is away when the device polls")
}

#[test]
fn the_node_stops_before_the_lease() -> Test {
    let cuts = [(leasing(), Disruption::HangBefore)];
    cut(None, &cuts).golden("the node stops before the lease is written")
}

#[test]
fn the_lease_is_not_written() -> Test {
    let cuts = [(leasing(), Disruption::FailBefore)];
    cut(None, &cuts).golden("the lease is not written, and the store is back at once")
}

#[test]
fn the_lease_is_not_written_and_the_store_is_away() -> Test {
    let cuts = [(leasing(), Disruption::FailBefore), and_then_away()];
    cut(None, &cuts).golden("the lease is not written, and the store is away")
}

#[test]
fn the_answer_to_the_lease_is_lost() -> Test {
    let cuts = [(leasing(), Disruption::FailAfter)];
    cut(None, &cuts).golden("the store's answer to the lease is lost")
}

#[test]
fn the_answer_to_the_lease_is_lost_and_the_store_is_away() -> Test {
    let cuts = [(leasing(), Disruption::FailAfter), and_then_away()];
    cut(None, &cuts).golden("the store's answer to the lease is lost, and the store is away")
}

#[test]
fn the_node_stops_after_the_lease() -> Test {
    let cuts = [(leasing(), Disruption::HangAfter)];
    cut(None, &cuts).golden("the node stops, or the request is dropped, after the lease is written")
}

#[test]
fn the_lease_is_written_slowly() -> Test {
    let mut redeeming = Redeeming::new([]);
    let clock = redeeming.server.t.clock().clone();
    let slowly = Disruption::meanwhile(move || clock.advance(LEASE * 4 / 5));
    redeeming.server.store.disrupt(leasing(), slowly);
    redeeming.poll();
    redeeming.golden("the store takes most of the lease to write it")
}

#[test]
fn no_random_numbers() -> Test {
    let tap = Arc::new(AtomicBool::new(true));
    let entropy = Tap(Arc::clone(&tap));
    let mut redeeming = Redeeming::with([], |builder| builder.entropy(entropy));
    tap.store(false, Ordering::Relaxed);
    redeeming.poll();
    tap.store(true, Ordering::Relaxed);
    redeeming.golden("the random number generator fails")
}

#[test]
fn the_policy_is_away() -> Test {
    let policy = ScriptedPolicy::new();
    let mut redeeming = Redeeming::with([], |builder| builder.policy(policy.clone()));
    policy.fail(Checkpoint::Redemption);
    redeeming.poll();
    policy.rule(Checkpoint::Redemption, Ruling::Allow);
    redeeming.golden("the policy cannot tell")
}

#[test]
fn the_policy_refuses() -> Test {
    let policy = ScriptedPolicy::new();
    let redeeming = Redeeming::with([], |builder| builder.policy(policy.clone()));
    policy.rule(
        Checkpoint::Redemption,
        Ruling::Refuse(Refusal::access_denied()),
    );
    redeeming.golden("the policy refuses: withdrawn consent, a disabled client")
}

#[test]
fn the_issuer_is_away() -> Test {
    Redeeming::new([Script::Unavailable]).golden("the token issuer cannot work")
}

#[test]
fn the_issuer_is_away_for_a_while() -> Test {
    let script = [Script::UnavailableFor(Duration::from_secs(45))];
    Redeeming::new(script).golden("the token issuer cannot work, and says for how long")
}

#[test]
fn the_issuer_stays_away() -> Test {
    let script = std::iter::repeat_n(Script::Unavailable, ATTEMPTS);
    Redeeming::new(script).golden("the token issuer cannot work until the codes expire")
}

#[test]
fn the_issuer_refuses() -> Test {
    let refused = Script::Refused(Refusal::access_denied());
    Redeeming::new([refused.clone(), refused])
        .golden("the token issuer refuses: a user who was locked or deleted")
}

#[test]
fn the_issuer_panics() -> Test {
    Redeeming::new([Script::Panic]).golden("the token issuer panics")
}

#[test]
fn the_issuer_hangs() -> Test {
    Redeeming::new([Script::Hang])
        .golden("the token issuer never answers, or the node stops while it works")
}

#[test]
fn the_issuer_is_late() -> Test {
    Redeeming::new([Script::Late(LEASE)]).golden("the token issuer answers after the lease is over")
}

#[test]
fn the_issuer_is_late_at_the_end() -> Test {
    let redeeming = Redeeming::new([Script::Late(LEASE)]);
    redeeming.server.t.advance(LIFETIME - SECOND);
    redeeming.golden("the token issuer answers after the lease is over, and the codes have expired")
}

#[test]
fn the_codes_expire_under_the_lease() -> Test {
    let redeeming = Redeeming::new([Script::Late(LEASE - SECOND)]);
    redeeming.server.t.advance(LIFETIME - SECOND);
    redeeming.golden("the codes expire while the token issuer works")
}

#[test]
fn the_tokens_are_unfit() -> Test {
    let response = |token: &str| TokenResponse::bearer(token, 3_600 * SECOND);
    let unfit = [
        response(""),
        response("not\nprintable"),
        response(&"x".repeat(TokenResponse::MAX_LEN)),
        response("wide").with_scope("openid profile email".parse()?),
    ];
    for response in unfit {
        Redeeming::new([Script::Response(response)])
            .golden("the tokens are malformed, oversized, or for more than was granted")?;
    }
    Ok(())
}

#[test]
fn the_clock_is_set_back() -> Test {
    let redeeming = Redeeming::new([]);
    let clock = redeeming.server.t.clock().clone();
    redeeming
        .server
        .issuer
        .then(Script::meanwhile(move |_| clock.set_back(60 * SECOND)));
    redeeming.golden("the clock is set back while the token issuer works")
}

#[test]
fn the_grant_is_revoked() -> Test {
    let redeeming = Redeeming::new([]);
    let (grants, id) = (redeeming.server.t.grants().clone(), redeeming.tv.grant_id());
    redeeming.server.issuer.then(Script::meanwhile(move |_| {
        let _ = block_on(grants.revoke_as_administrator(&id));
    }));
    redeeming.golden("the grant is revoked while the token issuer works")
}

#[test]
fn the_lease_is_not_given_back() -> Test {
    let cuts = [(ending(), Disruption::FailBefore), and_then_away()];
    cut(Some(Script::Unavailable), &cuts)
        .golden("the token issuer cannot work, and the store is away by then")
}

#[test]
fn the_refusal_is_not_written() -> Test {
    let refused = Script::Refused(Refusal::access_denied());
    let cuts = [(ending(), Disruption::FailBefore), and_then_away()];
    let redeeming = cut(Some(refused.clone()), &cuts);
    redeeming.server.issuer.then(refused.clone());
    redeeming.server.issuer.then(refused);
    redeeming.golden("the token issuer refuses, and the store is away by then")
}

/// Gives random bytes while it is open.
struct Tap(Arc<AtomicBool>);

impl Entropy for Tap {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), PortError> {
        if self.0.load(Ordering::Relaxed) {
            System.fill(bytes)
        } else {
            Err(PortError::unavailable("no such device"))
        }
    }
}
