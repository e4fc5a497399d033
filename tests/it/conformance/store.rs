use device_grant::host::GrantStore;
use device_grant::testing::ManualClock;
use device_grant::testing::conformance::{Racers, block_on};

use super::broken_store::{BrokenStore, Flaw};
use super::fails;
use super::list::clauses;

type Clause = fn(&dyn GrantStore, &ManualClock);

device_grant::__every_store_clause! { [clauses] [clocked dyn GrantStore] }

/// For each clause a store that is right but for one thing.
const FLAWS: &[(&str, Flaw)] = &[
    (
        "clause_01_a_new_grant_is_found_by_its_id_and_by_its_user_code",
        Flaw::FindsNoUserCode,
    ),
    (
        "clause_01_a_taken_id_is_refused_and_nothing_is_written",
        Flaw::KeepsTheCodeOfARefusedGrant,
    ),
    (
        "clause_01_a_taken_id_is_refused_and_nothing_is_written",
        Flaw::OverwritesATakenId,
    ),
    (
        "clause_01_a_taken_user_code_is_refused_and_nothing_is_written",
        Flaw::KeepsTheIdOfARefusedGrant,
    ),
    (
        "clause_01_inserting_the_same_grant_twice_is_refused",
        Flaw::TakesARepetitionForASuccess,
    ),
    (
        "clause_01_a_user_code_is_taken_in_every_state_and_after_expiry",
        Flaw::FreesTheCodeOfADecidedGrant,
    ),
    (
        "clause_01_grants_without_a_user_code_do_not_get_in_each_others_way",
        Flaw::CountsNoCodeAsACode,
    ),
    (
        "clause_01_of_racing_insertions_under_one_user_code_one_wins",
        Flaw::ChecksCodesBeforehand,
    ),
    (
        "clause_01_of_racing_insertions_under_one_id_one_wins",
        Flaw::ChecksIdsBeforehand,
    ),
    (
        "clause_02_what_was_never_written_is_not_found",
        Flaw::FindsAnyGrant,
    ),
    (
        "clause_02_both_ways_of_reading_see_the_latest_write",
        Flaw::ReadsACopyThatLags,
    ),
    (
        "clause_02_every_user_code_asked_for_is_looked_up",
        Flaw::LooksUpOneCodeOnly,
    ),
    (
        "clause_02_a_grant_is_found_once_however_often_its_code_is_asked_for",
        Flaw::FindsAGrantForEachCode,
    ),
    (
        "clause_03_replace_writes_over_the_expected_revision",
        Flaw::AcknowledgesWithoutWriting,
    ),
    (
        "clause_03_replace_over_another_revision_writes_nothing",
        Flaw::OverwritesAnyRevision,
    ),
    (
        "clause_03_a_replacement_changes_no_other_grant",
        Flaw::OverwritesEveryGrantWithTheRevision,
    ),
    (
        "clause_03_a_write_that_is_repeated_loses",
        Flaw::TakesItsOwnRevisionForASuccess,
    ),
    (
        "clause_03_any_64_bits_are_a_revision",
        Flaw::KeepsRevisionsAsFloats,
    ),
    (
        "clause_03_of_racing_writers_one_wins",
        Flaw::ComparesBeforehand,
    ),
    (
        "clause_04_replace_does_not_insert",
        Flaw::InsertsWhatIsUnknown,
    ),
    (
        "clause_04_a_forgotten_grant_stays_forgotten",
        Flaw::RevivesWhatIsForgotten,
    ),
    (
        "clause_04_no_writer_that_races_a_purge_brings_a_grant_back",
        Flaw::WritesBackWhatIsForgottenMeanwhile,
    ),
    (
        "clause_05_a_poll_changes_neither_the_row_nor_its_revision",
        Flaw::PollsChangeTheRevision,
    ),
    (
        "clause_05_polls_never_make_a_decision_lose",
        Flaw::PollsWriteTheWholeRow,
    ),
    (
        "clause_05_a_replacement_leaves_the_pace_as_it_is",
        Flaw::ReplacingResetsThePace,
    ),
    (
        "clause_06_only_undecided_grants_are_paced",
        Flaw::PacesTheDecided,
    ),
    (
        "clause_06_a_grant_is_paced_until_the_last_microsecond_before_its_expiry",
        Flaw::ExpiresAMicrosecondLate,
    ),
    (
        "clause_06_a_poll_after_the_expiry_finds_the_grant_unpaced",
        Flaw::ForgetsTheExpiredWhenPolled,
    ),
    (
        "clause_06_a_poll_of_an_unknown_grant_finds_nothing",
        Flaw::PollsFindAnyGrant,
    ),
    (
        "clause_06_the_longest_interval_hides_no_decision",
        Flaw::TellsTheLongestIntervalWithoutLooking,
    ),
    (
        "clause_07_due_after_is_the_rows_and_the_other_numbers_the_callers",
        Flaw::EnforcesFiveSeconds,
    ),
    (
        "clause_07_every_grant_has_a_pace_of_its_own",
        Flaw::SharesOnePace,
    ),
    (
        "clause_07_polls_are_judged_like_the_pure_function",
        Flaw::EarlyPollsMoveTheReference,
    ),
    (
        "clause_07_of_racing_polls_one_is_accepted",
        Flaw::JudgesBeforehand,
    ),
    (
        "clause_08_a_grant_is_found_until_the_last_microsecond",
        Flaw::ForgetsTheExpired,
    ),
    (
        "clause_08_no_state_is_forgotten_early",
        Flaw::ForgetsTheDeniedEarly,
    ),
    (
        "clause_08_a_replacement_can_have_a_grant_remembered_for_longer",
        Flaw::ForgetsAsAgreedAtFirst,
    ),
    (
        "clause_08_no_insertion_makes_a_store_forget_early",
        Flaw::EvictsTheOldest,
    ),
    (
        "clause_09_purge_forgets_a_grant_and_its_user_code",
        Flaw::KeepsTheCodesOfTheForgotten,
    ),
    (
        "clause_09_purge_forgets_every_state",
        Flaw::KeepsTheRedeemed,
    ),
    (
        "clause_09_a_replacement_can_have_a_grant_forgotten_sooner",
        Flaw::NeverForgetsSooner,
    ),
    (
        "clause_09_purge_forgets_nothing_else",
        Flaw::ForgetsEverything,
    ),
    (
        "clause_09_purge_forgets_no_more_than_its_limit_and_all_in_the_end",
        Flaw::KnowsNoLimit,
    ),
    (
        "clause_09_a_limit_of_zero_forgets_nothing",
        Flaw::TakesZeroForNoLimit,
    ),
    (
        "clause_09_purge_works_at_the_ends_of_time",
        Flaw::NeverReachesTheEndOfTime,
    ),
    (
        "clause_09_what_is_forgotten_can_be_taken_again",
        Flaw::KeepsThePaceOfTheForgotten,
    ),
    (
        "clause_09_a_user_code_stays_with_the_grant_that_took_it_over",
        Flaw::FreesACodeTwice,
    ),
    (
        "clause_09_racing_purges_count_each_grant_once",
        Flaw::CountsBeforehand,
    ),
    (
        "clause_10_what_racers_were_told_is_written_is_there",
        Flaw::LosesTheFiftiethWrite,
    ),
    (
        "clause_10_a_dropped_call_leaves_nothing_half_written",
        Flaw::WritesInTwoSteps,
    ),
    (
        "clause_11_every_column_comes_back_as_it_was",
        Flaw::LosesTheSubject,
    ),
    (
        "clause_11_times_come_back_to_the_microsecond",
        Flaw::KeepsMilliseconds,
    ),
    (
        "clause_11_the_ends_of_time_come_back",
        Flaw::KeepsFourDigitYears,
    ),
    (
        "clause_11_ids_and_codes_are_any_bytes",
        Flaw::ReadsIdsAsText,
    ),
    (
        "clause_11_unusual_text_comes_back_as_it_was",
        Flaw::TrimsText,
    ),
    (
        "clause_11_ten_kilobytes_of_text_come_back_as_they_were",
        Flaw::CutsTextAt255,
    ),
    (
        "clause_11_text_with_a_nul_comes_back_as_it_was_or_is_refused",
        Flaw::CutsTextAtNul,
    ),
    (
        "clause_12_a_new_row_has_the_time_of_the_store",
        Flaw::IssuesAtTheSystemsTime,
    ),
    (
        "clause_12_every_read_tells_the_time",
        Flaw::TellsTheTimeOfTheWrite,
    ),
    (
        "clause_12_the_store_tells_the_time_when_it_is_asked",
        Flaw::TellsTheSystemsTime,
    ),
    (
        "clause_12_a_poll_is_judged_at_the_time_that_it_tells",
        Flaw::JudgesPollsASecondLater,
    ),
];

#[test]
fn whatever_breaks_a_clause_of_the_store_fails_the_test_of_that_name() {
    for (name, flaw) in FLAWS {
        let clause = clause(name);
        let failed = fails(|| on_clock(*flaw, clause));
        assert!(failed, "{name} passes on a store that {flaw:?}");
    }
}

#[test]
fn every_clause_of_the_store_is_seen_to_fail() {
    for (name, _) in CLAUSES {
        let has_a_row = FLAWS.iter().any(|(other, _)| other == name);
        assert!(has_a_row, "no store breaks {name}");
    }
}

#[test]
fn a_store_without_a_flaw_passes() {
    for (name, clause) in CLAUSES {
        let failed = fails(|| on_clock(Flaw::None, *clause));
        assert!(!failed, "{name} fails on a store that is right");
    }
}

fn on_clock(flaw: Flaw, clause: Clause) {
    let clock = ManualClock::new();
    clause(&BrokenStore::new(flaw, clock.clone()), &clock);
}

fn clause(name: &str) -> Clause {
    let found = CLAUSES.iter().find(|(other, _)| *other == name);
    found.unwrap_or_else(|| panic!("there is no {name}")).1
}
