use proptest::prelude::*;

use super::harness::block_on;
use super::{forgetting, polling, writing};
use crate::fresh;

/// One test for each clause, on one server and on a Cluster.
macro_rules! clauses {
    ($($module:ident: $($clause:ident),+ $(,)?;)+) => {
        mod single {
            use super::*;

            $($(
                #[test]
                fn $clause() {
                    block_on($module::$clause(&fresh::single_store()));
                }
            )+)+
        }

        mod cluster {
            use super::*;

            $($(
                #[test]
                fn $clause() {
                    block_on($module::$clause(&fresh::cluster_store()));
                }
            )+)+
        }
    };
}

clauses! {
    writing:
        clause_01_a_new_grant_is_found_by_its_id_and_by_its_user_code,
        clause_01_a_taken_id_is_refused_and_nothing_is_written,
        clause_01_a_taken_user_code_is_refused_and_nothing_is_written,
        clause_01_inserting_the_same_grant_twice_is_refused,
        clause_01_a_user_code_is_taken_in_every_state_and_after_expiry,
        clause_01_grants_without_a_user_code_do_not_get_in_each_others_way,
        clause_01_of_racing_insertions_under_one_user_code_one_wins,
        clause_01_of_racing_insertions_under_one_id_one_wins,
        clause_02_what_was_never_written_is_not_found,
        clause_02_both_ways_of_reading_see_the_latest_write,
        clause_02_every_user_code_asked_for_is_looked_up,
        clause_02_a_grant_is_found_once_however_often_its_code_is_asked_for,
        clause_03_replace_writes_over_the_expected_revision,
        clause_03_replace_over_another_revision_writes_nothing,
        clause_03_a_write_that_is_repeated_loses,
        clause_03_any_64_bits_are_a_revision,
        clause_03_of_racing_writers_one_wins,
        clause_04_replace_does_not_insert,
        clause_04_a_forgotten_grant_stays_forgotten,
        clause_04_no_writer_that_races_a_purge_brings_a_grant_back,
        clause_11_every_state_comes_back_as_it_was,
        clause_11_times_come_back_to_the_microsecond,
        clause_11_ids_and_codes_are_any_bytes,
        cancellation_leaves_a_store_that_works;
    polling:
        clause_05_a_poll_changes_neither_the_grant_nor_its_revision,
        clause_05_polls_never_make_a_decision_lose,
        clause_05_a_replacement_leaves_the_pace_as_it_is,
        clause_06_a_poll_by_a_stranger_is_unpaced_and_writes_nothing,
        clause_06_a_binding_that_the_grant_does_not_have_is_no_obstacle,
        clause_06_only_undecided_grants_are_paced,
        clause_06_a_grant_is_paced_until_the_last_microsecond_before_its_expiry,
        clause_06_a_poll_of_an_unknown_grant_finds_nothing,
        clause_07_the_interval_is_the_grants_and_the_leeway_the_callers,
        clause_07_every_grant_has_a_pace_of_its_own,
        clause_07_polls_are_judged_like_the_pure_function,
        clause_07_of_racing_polls_one_is_accepted;
    forgetting:
        clause_08_a_grant_is_found_until_the_last_microsecond,
        clause_08_no_state_is_forgotten_early,
        clause_08_no_insertion_makes_a_store_forget_early,
        clause_09_purge_forgets_a_grant_and_its_user_code,
        clause_09_purge_forgets_every_state,
        clause_09_purge_forgets_nothing_else,
        clause_09_purge_forgets_no_more_than_its_limit_and_all_in_the_end,
        clause_09_a_limit_of_zero_forgets_nothing,
        clause_09_what_is_forgotten_can_be_taken_again,
        clause_09_a_user_code_stays_with_the_grant_that_took_it_over,
        clause_09_racing_purges_count_each_grant_once;
}

proptest! {
    #[test]
    fn any_history_of_polls_is_judged_like_the_pure_function(history in polling::histories()) {
        block_on(polling::follow(&fresh::single_store(), 1, &history));
    }
}
