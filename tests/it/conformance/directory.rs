use device_grant::testing::ManualClock;
use device_grant::testing::conformance::block_on;
use device_grant::testing::conformance::directory::ListingStore;

use super::broken_directory::{BrokenDirectory, Flaw};
use super::fails;
use super::list::clauses;

device_grant::__every_directory_clause! { [clauses] [clocked dyn ListingStore] }

/// For each clause a directory that is right but for one thing.
const FLAWS: &[(&str, Flaw)] = &[
    (
        "clause_01_a_client_has_grants_in_every_state",
        Flaw::OmitsTheDenied,
    ),
    (
        "clause_01_an_end_user_has_what_they_approved",
        Flaw::OmitsTheRevoked,
    ),
    (
        "clause_01_the_expired_are_listed_and_the_forgotten_are_not",
        Flaw::KeepsTheForgotten,
    ),
    (
        "clause_02_names_are_told_apart_byte_by_byte",
        Flaw::IgnoresCase,
    ),
    (
        "clause_02_grants_of_another_issuer_are_not_listed",
        Flaw::ListsEveryIssuer,
    ),
    (
        "clause_02_what_was_not_approved_is_no_end_users",
        Flaw::ListsReviewersToo,
    ),
    ("clause_03_the_newest_come_first", Flaw::ListsTheOldestFirst),
    (
        "clause_03_a_page_is_no_longer_than_its_limit",
        Flaw::ListsOneTooMany,
    ),
    (
        "clause_03_pages_of_any_length_list_each_grant_once",
        Flaw::SkipsWhatIsOfTheSameTime,
    ),
    (
        "clause_03_changes_meanwhile_neither_skip_nor_repeat",
        Flaw::PagesByNumber,
    ),
    ("clause_03_any_cursor_will_do", Flaw::WantsToKnowTheCursor),
    (
        "clause_04_a_list_sees_the_latest_write",
        Flaw::IndexesOnlyWhatIsNew,
    ),
];

#[test]
fn whatever_breaks_a_clause_of_the_directory_fails_the_test_of_that_name() {
    for (name, flaw) in FLAWS {
        let (_, clause) = CLAUSES.iter().find(|(other, _)| other == name).unwrap();
        let failed = fails(|| on_clock(*flaw, *clause));
        assert!(failed, "{name} passes on a directory that {flaw:?}");
    }
}

#[test]
fn every_clause_of_the_directory_is_seen_to_fail() {
    for (name, _) in CLAUSES {
        let has_a_row = FLAWS.iter().any(|(other, _)| other == name);
        assert!(has_a_row, "no directory breaks {name}");
    }
}

#[test]
fn a_directory_without_a_flaw_passes() {
    for (name, clause) in CLAUSES {
        let failed = fails(|| on_clock(Flaw::None, *clause));
        assert!(!failed, "{name} fails on a directory that is right");
    }
}

fn on_clock(flaw: Flaw, clause: fn(&dyn ListingStore, &ManualClock)) {
    let clock = ManualClock::new();
    clause(&BrokenDirectory::new(flaw, clock.clone()), &clock);
}
