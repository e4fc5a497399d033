use device_grant::limiter::MemoryLimiter;
use device_grant::testing::ManualClock;
use device_grant::testing::conformance::limiter::{Fixture, sharing};
use device_grant::testing::conformance::{Racers, block_on};

use super::broken_limiter::{BrokenLimiter, Flaw};
use super::fails;
use super::list::clauses;

device_grant::__every_limiter_clause! { [clauses] [Fixture] }

/// For each clause a limiter that is right but for one thing.
const FLAWS: &[(&str, Flaw)] = &[
    (
        "clause_01_a_refused_charge_charges_none_of_the_others",
        Flaw::ChargesUntilRefused,
    ),
    (
        "clause_01_nothing_is_given_back_beside_a_refused_charge",
        Flaw::GivesBackBeforeItIsRefused,
    ),
    (
        "clause_01_a_refusal_names_the_first_refused_charge_and_its_wait",
        Flaw::NamesTheLastRefusal,
    ),
    (
        "clause_01_a_key_that_is_named_twice_is_charged_twice",
        Flaw::ChargesAKeyOnce,
    ),
    (
        "clause_01_a_take_and_a_give_back_in_one_call_leave_a_key_as_it_was",
        Flaw::ChargesAKeyOnce,
    ),
    (
        "clause_01_no_charge_is_always_allowed",
        Flaw::RefusesNothing,
    ),
    (
        "clause_02_keys_do_not_share_what_they_have",
        Flaw::SharesOneKey,
    ),
    (
        "clause_02_issuers_do_not_share_what_they_have",
        Flaw::StoresTheReadableKey,
    ),
    (
        "clause_02_time_is_the_limiters_own",
        Flaw::GoesByAnotherClock,
    ),
    (
        "clause_02_charges_are_judged_by_the_quota",
        Flaw::CountsWholeSeconds,
    ),
    (
        "clause_02_racing_charges_get_no_more_than_the_burst",
        Flaw::JudgesBeforehand,
    ),
    (
        "clause_03_being_refused_gives_nothing_back",
        Flaw::ForgetsWhenRefused,
    ),
    (
        "clause_03_a_unit_that_is_given_back_can_be_taken_again",
        Flaw::KeepsWhatIsGivenBack,
    ),
    (
        "clause_03_giving_back_makes_no_more_than_the_burst",
        Flaw::SavesUpWhatIsGivenBack,
    ),
    (
        "clause_03_a_clock_set_back_costs_a_period_and_no_limit",
        Flaw::StartsAnewWhenSetBack,
    ),
    (
        "clause_03_two_quotas_on_one_key_do_not_cancel_each_other",
        Flaw::TakesAForeignDebtForNone,
    ),
    (
        "clause_03_a_debt_lasts_no_longer_than_a_period_of_the_quota_that_asks",
        Flaw::KeepsAForeignDebtWhole,
    ),
    (
        "clause_05_a_refused_charge_leaves_nothing_behind",
        Flaw::AddsKeysOfTheRefused,
    ),
    (
        "clause_05_giving_back_to_an_unknown_key_leaves_nothing_behind",
        Flaw::AddsKeysThatGiveBack,
    ),
    ("clause_05_purge_forgets_no_debt", Flaw::PurgesDebts),
    (
        "clause_05_purge_forgets_no_more_than_its_limit_and_all_in_the_end",
        Flaw::PurgesWithoutALimit,
    ),
];

fn broken(flaw: Flaw) -> Fixture {
    let clock = ManualClock::new();
    Fixture::new(BrokenLimiter::new(flaw, clock.clone()), clock)
}

#[test]
fn whatever_breaks_a_clause_of_the_limiter_fails_the_test_of_that_name() {
    for (name, flaw) in FLAWS {
        let found = CLAUSES.iter().find(|(other, _)| other == name);
        let (_, clause) = found.unwrap_or_else(|| panic!("there is no {name}"));
        let failed = fails(|| clause(&broken(*flaw)));
        assert!(failed, "{name} passes on a limiter that {flaw:?}");
    }
}

#[test]
fn every_clause_of_the_limiter_is_seen_to_fail() {
    for (name, _) in CLAUSES {
        let has_a_row = FLAWS.iter().any(|(other, _)| other == name);
        assert!(has_a_row, "no limiter breaks {name}");
    }
}

#[test]
fn a_limiter_without_a_flaw_passes() {
    for (name, clause) in CLAUSES {
        let failed = fails(|| clause(&broken(Flaw::None)));
        assert!(!failed, "{name} fails on a limiter that is right");
    }
}

#[test]
fn nodes_that_do_not_share_are_found_out() {
    let (one, other) = (MemoryLimiter::new(), MemoryLimiter::new());
    let racers = Racers::default();
    let apart = || sharing::clause_04_two_nodes_share_what_a_key_has(&one, &other, &racers);
    assert!(fails(apart));
    let shared = MemoryLimiter::new();
    sharing::clause_04_two_nodes_share_what_a_key_has(&shared, &shared, &racers);
}
