//! Clauses 2 and 3: charges are judged by [`Charge::debit`], and only time and giving back reduce a debt.

use std::collections::HashMap;
use std::time::Duration;

use super::{Fixture, MINUTE, give_back, take};
use crate::grant::Timestamp;
use crate::host::{Charge, Charged, Debt, LimitKey, Quota};
use crate::testing::conformance::Racers;
use crate::testing::conformance::draws::Draws;
use crate::testing::must;

/// Checks that keys have separate quotas.
pub async fn clause_02_keys_do_not_share_what_they_have(fixture: &Fixture) {
    assert_eq!(fixture.left("a", 3, 0).await, 3);
    assert_eq!(fixture.left("b", 3, 0).await, 3);
}

/// Checks that the same end user, address or client has a separate key at each issuer.
pub async fn clause_02_issuers_do_not_share_what_they_have(fixture: &Fixture) {
    for issuer in ["https://a.example", "https://b.example"] {
        let key = LimitKey::new("test", issuer, "subject:alice");
        let charge = Charge::take(key, Quota::new(1, MINUTE));
        let charges = [charge];
        assert!(fixture.is_allowed(&charges, 0).await, "{issuer}");
        assert!(!fixture.is_allowed(&charges, 0).await, "{issuer}");
    }
}

/// Checks that a unit becomes available when the limiter's clock says so, and not earlier.
pub async fn clause_02_time_is_the_limiters_own(fixture: &Fixture) {
    for seconds in [0, 60, 120] {
        assert!(fixture.is_allowed(&[take("a", 1)], seconds).await);
        assert!(!fixture.is_allowed(&[take("a", 1)], seconds + 59).await);
    }
}

/// Checks a hundred [histories](random_history), the same ones in every run.
pub async fn clause_02_charges_are_judged_by_the_quota(fixture: &Fixture) {
    for seed in 0..100 {
        random_history(fixture, seed).await;
    }
}

/// Charges three keys at random times, each with two quotas in turn, and compares each answer with [`Charge::debit`].
///
/// The seed determines the history and the keys. Call it with seeds of your own for longer runs.
///
/// # Panics
///
/// If an answer differs.
pub async fn random_history(fixture: &Fixture, seed: u64) {
    let draws = Draws::new(seed);
    let quotas = [0_usize, 1, 2].map(|whose| (whose, [random_quota(&draws), random_quota(&draws)]));
    let mut owed: HashMap<usize, Debt> = HashMap::new();
    let mut now = start(&draws);
    // A limiter may delete a debt that is over, or keep it. A clock that goes back behind its end would show which, so
    // the time stays after it.
    let mut paid = now;
    for step in 0..draws.up_to(60) {
        now = now.saturating_add(later(&draws)).max(paid);
        let at = Timestamp::from_micros(now);
        let gives_back = draws.one_of([false, false, false, false, true]);
        let (whose, nodes) = draws.one_of(quotas);
        let quota = draws.one_of(nodes);
        let key = LimitKey::new("test", "", &format!("{seed}:{whose}"));
        fixture.clock.set(at);
        let mut charge = Charge::take(key, quota);
        charge.gives_back = gives_back;
        let charged = fixture.limiter.charge(&[charge.clone()]).await;
        let owes = owed.get(&whose).copied();
        let expected = match charge.debit(owes, at) {
            Some(debt) => {
                owed.insert(whose, debt);
                Charged::Allowed
            }
            None => Charged::limited(0, quota.retry_after(owes, at)),
        };
        assert_eq!(
            must(charged),
            expected,
            "step {step} of seed {seed}, {charge:?} at {at}"
        );
        for (_, debt) in owed.extract_if(|_, debt| debt.owed_until <= at) {
            paid = paid.max(debt.owed_until.as_micros());
        }
    }
}

/// Checks that simultaneous charges get no more units than charges one after the other.
pub fn clause_02_racing_charges_get_no_more_than_the_burst(fixture: &Fixture, racers: &Racers<'_>) {
    for round in 0..20 {
        let [few, many] = ["few", "many"].map(|name| format!("{name}:{round}"));
        // Both or none: what `few` refuses must not be taken from `many`.
        let both = [take(&many, 100), take(&few, 20)];
        let allowed = racers.race(async |_| {
            let mut allowed = 0;
            for _ in 0..10 {
                allowed += u32::from(fixture.is_allowed(&both, 0).await);
            }
            allowed
        });
        assert_eq!(allowed.iter().sum::<u32>(), 20, "round {round}");
        let rest = racers.wait(fixture.left(&many, 100, 0));
        assert_eq!(rest, 80, "round {round}");
    }
}

/// Checks that a refusal does not give units back.
pub async fn clause_03_being_refused_gives_nothing_back(fixture: &Fixture) {
    assert_eq!(fixture.left("a", 3, 0).await, 3);
    for _ in 0..10 {
        assert!(!fixture.is_allowed(&[take("a", 3)], 1).await);
    }
    assert!(!fixture.is_allowed(&[take("a", 3)], 19).await);
    assert_eq!(fixture.left("a", 3, 20).await, 1);
}

/// Checks that a unit that was given back can be taken again.
pub async fn clause_03_a_unit_that_is_given_back_can_be_taken_again(fixture: &Fixture) {
    assert_eq!(fixture.left("a", 3, 0).await, 3);
    for _ in 0..2 {
        assert!(fixture.is_allowed(&[give_back("a", 3)], 1).await);
    }
    assert_eq!(fixture.left("a", 3, 1).await, 2);
    // To the last unit: it owes nothing any more, and what is stored has to say so.
    assert!(fixture.is_allowed(&[take("b", 1)], 0).await);
    assert!(fixture.is_allowed(&[give_back("b", 1)], 0).await);
    assert_eq!(fixture.left("b", 1, 0).await, 1);
}

/// Checks that giving back more units than were taken does not raise the quota.
pub async fn clause_03_giving_back_makes_no_more_than_the_burst(fixture: &Fixture) {
    for _ in 0..5 {
        assert!(fixture.is_allowed(&[give_back("a", 3)], 0).await);
    }
    assert_eq!(fixture.left("a", 3, 0).await, 3);
}

/// Checks that after a clock was set back, a key waits for one period at most and gets one unit at most.
pub async fn clause_03_a_clock_set_back_costs_a_period_and_no_limit(fixture: &Fixture) {
    assert_eq!(fixture.left("a", 3, 0).await, 3);
    for seconds in [-30, -3_600, -86_400] {
        assert_eq!(fixture.left("a", 3, seconds).await, 1, "{seconds} s");
    }
    assert_eq!(fixture.left("a", 3, -86_400 + 20).await, 1);
    assert_eq!(fixture.left("a", 3, -86_400 + 80).await, 3);
}

/// Checks that a strict and a lax quota on one key, as during a rolling deployment, together allow no more than the lax
/// one.
pub async fn clause_03_two_quotas_on_one_key_do_not_cancel_each_other(fixture: &Fixture) {
    let quotas = [Quota::new(300, 60 * MINUTE), Quota::new(300, MINUTE)];
    let takes = quotas.map(|quota| Charge::take(LimitKey::new("test", "", "a"), quota));
    // The lax quota gives five units back in each second, and the strict one nearly none.
    for (seconds, most) in [(0, 300), (1, 5), (60, 295), (3_600, 300)] {
        let mut allowed = 0;
        for take in takes.iter().cycle().take(1_000) {
            let charges = std::slice::from_ref(take);
            allowed += u32::from(fixture.is_allowed(charges, seconds).await);
        }
        assert!(allowed <= most, "{allowed} after {seconds} s");
    }
}

/// Checks that a debt of a strict quota lasts for one period of the lax one at most.
pub async fn clause_03_a_debt_lasts_no_longer_than_a_period_of_the_quota_that_asks(
    fixture: &Fixture,
) {
    let strict = Quota::new(3, 60 * MINUTE);
    let key = LimitKey::new("test", "", "a");
    let charges = [Charge::take(key, strict)];
    for _ in 0..3 {
        assert!(fixture.is_allowed(&charges, 0).await);
    }
    assert!(!fixture.is_allowed(&[take("a", 3)], 0).await);
    // After a third of the hour, a unit is back for either quota.
    assert!(fixture.is_allowed(&[take("a", 3)], 1_200).await);
    assert_eq!(fixture.left("a", 3, 1_260).await, 3);
}

fn random_quota(draws: &Draws) -> Quota {
    // The usual period more often, so that the two quotas of a key often have the same.
    let micros = draws.one_of([
        60_000_000,
        60_000_000,
        600_000_000,
        1 + draws.up_to(9_999_999),
    ]);
    let burst = 1 + draws.one_of([draws.up_to(3), draws.up_to(20)]);
    Quota::new(burst, Duration::from_micros(micros.into()))
}

/// In this year, across 1970, in the year 1 and in the year 9999.
fn start(draws: &Draws) -> i64 {
    let usual = 1_700_000_000_000_000 + draws.within(0..1_000_000);
    draws.one_of([
        usual,
        usual,
        usual,
        -30_000_000,
        -62_135_000_000_000_000,
        253_402_000_000_000_001,
    ])
}

/// The microseconds from the last charge to the next one, sometimes negative.
fn later(draws: &Draws) -> i64 {
    let seconds = draws.one_of([
        draws.within(0..20),
        draws.within(0..20),
        draws.within(0..20),
        draws.within(0..20),
        draws.within(-20..0),
        draws.within(-1_000..0),
        draws.within(0..300),
    ]);
    seconds * 1_000_000 + draws.one_of([0, draws.within(-1..2), draws.within(0..1_000_000)])
}
