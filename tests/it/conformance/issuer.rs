use device_grant::testing::conformance::block_on;
use device_grant::testing::conformance::issuer::IssuerHost;

use super::broken_issuer::{BrokenIssuer, Flaw};
use super::fails;

type Clauses = &'static [(&'static str, fn(&dyn IssuerHost))];

mod every_issuer {
    use super::super::list::clauses;
    use super::*;

    device_grant::__every_issuer_clause! { [clauses] [dyn IssuerHost] }

    pub(super) const ALL: Clauses = CLAUSES;
}

mod voiding {
    use super::super::list::clauses;
    use super::*;

    device_grant::__every_voiding_clause! { [clauses] [dyn IssuerHost] }

    pub(super) const ALL: Clauses = CLAUSES;
}

/// For each clause a host that is right but for one thing.
const FLAWS: &[(&str, Flaw)] = &[
    (
        "clause_01_a_user_who_may_have_tokens_gets_them",
        Flaw::RefusesEverybody,
    ),
    ("clause_01_a_locked_user_is_refused", Flaw::AsksNobody),
    (
        "clause_01_a_locked_user_is_refused",
        Flaw::IsUnavailableForTheLocked,
    ),
    (
        "clause_01_a_user_who_is_locked_between_two_attempts_is_refused",
        Flaw::TrustsAnAttemptBefore,
    ),
    (
        "clause_01_a_locked_user_is_refused_a_redelivery",
        Flaw::TrustsTheSameAttempt,
    ),
    (
        "clause_01_locking_one_user_refuses_no_other",
        Flaw::LocksEverybody,
    ),
    (
        "clause_02_tokens_carry_no_more_than_the_end_user_granted",
        Flaw::IssuesWhatWasRequested,
    ),
    (
        "clause_02_tokens_carry_no_more_than_the_policy_left",
        Flaw::IssuesWhatTheUserGranted,
    ),
    (
        "clause_03_the_same_attempt_again_leaves_one_live_set",
        Flaw::IssuesAnewForTheSameAttempt,
    ),
    (
        "clause_04_a_higher_ordinal_ends_nothing_of_another_grant",
        Flaw::EndsEverythingOfTheUser,
    ),
    (
        "clause_04_a_higher_ordinal_voids_earlier_attempts",
        Flaw::KeepsEarlierAttempts,
    ),
    (
        "clause_05_a_discard_ends_nothing_else",
        Flaw::DiscardsTheWholeGrant,
    ),
    ("clause_05_discarded_tokens_are_dead", Flaw::IgnoresDiscards),
    (
        "clause_05_discarded_tokens_are_dead",
        Flaw::KeepsTheRefreshToken,
    ),
];

#[test]
fn whatever_breaks_a_clause_of_the_issuer_fails_the_test_of_that_name() {
    for (name, flaw) in FLAWS {
        let found = clauses().find(|(other, _)| other == name);
        let (_, clause) = found.unwrap_or_else(|| panic!("there is no {name}"));
        let failed = fails(|| clause(&BrokenIssuer::new(*flaw)));
        assert!(failed, "{name} passes on a host that {flaw:?}");
    }
}

#[test]
fn every_clause_of_the_issuer_is_seen_to_fail() {
    for (name, _) in clauses() {
        let has_a_row = FLAWS.iter().any(|(other, _)| *other == name);
        assert!(has_a_row, "no host breaks {name}");
    }
}

#[test]
fn an_issuer_without_a_flaw_passes() {
    for (name, clause) in clauses() {
        let failed = fails(|| clause(&BrokenIssuer::new(Flaw::None)));
        assert!(!failed, "{name} fails on a host that is right");
    }
}

/// And as a host has it.
mod as_tests {
    use super::*;

    device_grant::issuer_conformance_tests!(
        |_clock| async { ((), BrokenIssuer::new(Flaw::None)) },
        voids,
    );
}

fn clauses() -> impl Iterator<Item = (&'static str, fn(&dyn IssuerHost))> {
    every_issuer::ALL.iter().chain(voiding::ALL).copied()
}
