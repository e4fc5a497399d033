//! Failures between the approval and the commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use device_grant::host::{Entropy, PortError, Ruling, System};
use device_grant::message::{ErrorResponse, TokenResponse};
use device_grant::testing::{
    Checkpoint, Disruption, Occasion, Script, ScriptedPolicy, StoreCall, block_on,
};

use super::Redeeming;
use super::{
    super::{LEASE, LIFETIME, SECOND, Test},
    case,
};

/// Cuts the redemption short at a call of the store, or from there on.
fn cut(script: Option<Script>, cuts: &[(Occasion, Disruption)]) -> Redeeming {
    let mut redeeming = Redeeming::new(script);
    for (occasion, how) in cuts {
        redeeming.server.store.disrupt(*occasion, how.clone());
    }
    redeeming.poll();
    redeeming
}

/// The number of calls of an issuer in the lifetime of a grant, if it always fails.
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
    cut(None, &cuts).golden(case::POLL_STORE_AWAY)
}

#[test]
fn the_node_stops_before_the_lease() -> Test {
    let cuts = [(leasing(), Disruption::HangBefore)];
    cut(None, &cuts).golden(case::LEASE_NODE_STOPS_BEFORE)
}

#[test]
fn the_lease_is_not_written() -> Test {
    let cuts = [(leasing(), Disruption::FailBefore)];
    cut(None, &cuts).golden(case::LEASE_NOT_WRITTEN)
}

#[test]
fn the_lease_is_not_written_and_the_store_is_away() -> Test {
    let cuts = [(leasing(), Disruption::FailBefore), and_then_away()];
    cut(None, &cuts).golden(case::LEASE_NOT_WRITTEN_STORE_AWAY)
}

#[test]
fn the_answer_to_the_lease_is_lost() -> Test {
    let cuts = [(leasing(), Disruption::FailAfter)];
    cut(None, &cuts).golden(case::LEASE_ANSWER_LOST)
}

#[test]
fn the_answer_to_the_lease_is_lost_and_the_store_is_away() -> Test {
    let cuts = [(leasing(), Disruption::FailAfter), and_then_away()];
    cut(None, &cuts).golden(case::LEASE_ANSWER_LOST_STORE_AWAY)
}

#[test]
fn the_node_stops_after_the_lease() -> Test {
    let cuts = [(leasing(), Disruption::HangAfter)];
    cut(None, &cuts).golden(case::LEASE_NODE_STOPS_AFTER)
}

#[test]
fn the_lease_is_written_slowly() -> Test {
    let mut redeeming = Redeeming::new([]);
    let clock = redeeming.server.t.clock().clone();
    let slowly = Disruption::meanwhile(move || clock.advance(LEASE * 4 / 5));
    redeeming.server.store.disrupt(leasing(), slowly);
    redeeming.poll();
    redeeming.golden(case::LEASE_WRITTEN_LATE)
}

#[test]
fn no_random_numbers() -> Test {
    let tap = Arc::new(AtomicBool::new(true));
    let entropy = Tap(Arc::clone(&tap));
    let mut redeeming = Redeeming::with([], |builder| builder.entropy(entropy));
    tap.store(false, Ordering::Relaxed);
    redeeming.poll();
    tap.store(true, Ordering::Relaxed);
    redeeming.golden(case::LEASE_ENTROPY_FAILS)
}

#[test]
fn the_policy_is_away() -> Test {
    let policy = ScriptedPolicy::new();
    let mut redeeming = Redeeming::with([], |builder| builder.policy(policy.clone()));
    policy.fail(Checkpoint::Redemption);
    redeeming.poll();
    policy.rule(Checkpoint::Redemption, Ruling::Allow);
    redeeming.golden(case::POLICY_AWAY)
}

#[test]
fn the_policy_refuses() -> Test {
    let policy = ScriptedPolicy::new();
    let redeeming = Redeeming::with([], |builder| builder.policy(policy.clone()));
    policy.rule(
        Checkpoint::Redemption,
        Ruling::Refuse(ErrorResponse::access_denied()),
    );
    redeeming.golden(case::POLICY_REFUSES)
}

#[test]
fn the_issuer_is_away() -> Test {
    Redeeming::new([Script::Unavailable]).golden(case::ISSUER_AWAY)
}

#[test]
fn the_issuer_is_away_for_a_while() -> Test {
    let script = [Script::UnavailableFor(Duration::from_secs(45))];
    Redeeming::new(script).golden(case::ISSUER_AWAY_FOR_A_TIME)
}

#[test]
fn the_issuer_stays_away() -> Test {
    let script = std::iter::repeat_n(Script::Unavailable, ATTEMPTS);
    Redeeming::new(script).golden(case::ISSUER_AWAY_UNTIL_EXPIRY)
}

#[test]
fn the_issuer_refuses() -> Test {
    let refused = Script::Refused(ErrorResponse::access_denied());
    Redeeming::new([refused.clone(), refused]).golden(case::ISSUER_REFUSES)
}

#[test]
fn the_issuer_panics() -> Test {
    Redeeming::new([Script::Panic]).golden(case::ISSUER_PANICS)
}

#[test]
fn the_issuer_hangs() -> Test {
    Redeeming::new([Script::Hang]).golden(case::ISSUER_NEVER_ANSWERS)
}

#[test]
fn the_issuer_is_late() -> Test {
    Redeeming::new([Script::Late(LEASE)]).golden(case::ISSUER_LATE)
}

#[test]
fn the_issuer_is_late_at_the_end() -> Test {
    let redeeming = Redeeming::new([Script::Late(LEASE)]);
    redeeming.server.t.advance(LIFETIME - SECOND);
    redeeming.golden(case::ISSUER_LATE_CODES_EXPIRED)
}

#[test]
fn the_codes_expire_under_the_lease() -> Test {
    let redeeming = Redeeming::new([Script::Late(LEASE - SECOND)]);
    redeeming.server.t.advance(LIFETIME - SECOND);
    redeeming.golden(case::ISSUER_CODES_EXPIRE)
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
        Redeeming::new([Script::Response(response)]).golden(case::TOKENS_UNFIT)?;
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
    redeeming.golden(case::ISSUER_CLOCK_SET_BACK)
}

#[test]
fn the_grant_is_revoked() -> Test {
    let redeeming = Redeeming::new([]);
    let (grants, id) = (redeeming.server.t.grants().clone(), redeeming.tv.grant_id());
    redeeming.server.issuer.then(Script::meanwhile(move |_| {
        let _ = block_on(grants.revoke_as_administrator(&id));
    }));
    redeeming.golden(case::ISSUER_GRANT_REVOKED)
}

#[test]
fn the_lease_is_not_given_back() -> Test {
    let cuts = [(ending(), Disruption::FailBefore), and_then_away()];
    cut(Some(Script::Unavailable), &cuts).golden(case::ISSUER_AND_STORE_AWAY)
}

#[test]
fn the_refusal_is_not_written() -> Test {
    let refused = Script::Refused(ErrorResponse::access_denied());
    let cuts = [(ending(), Disruption::FailBefore), and_then_away()];
    let redeeming = cut(Some(refused.clone()), &cuts);
    redeeming.server.issuer.then(refused.clone());
    redeeming.server.issuer.then(refused);
    redeeming.golden(case::ISSUER_REFUSES_STORE_AWAY)
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
