/// Creates a `#[test]` for every clause of [`GrantStore`](crate::host::GrantStore#contract), each with a fresh store.
///
/// Its arguments are a [`Factory`](crate::testing::conformance::Factory) and, if your store needs a runtime, the
/// `block_on` of that. They are pasted into each test, so pass the name of a factory, not an expression. For a second store, put
/// the macro into another module. See [`conformance`](mod@crate::testing::conformance) for both.
///
/// ```
/// mod my_store {
///     use device_grant::store::MemoryStore;
///     use device_grant::testing::ManualClock;
///
///     async fn fresh(clock: ManualClock) -> ((), MemoryStore) {
///         ((), MemoryStore::new().with_clock(clock))
///     }
///
///     device_grant::store_conformance_tests!(fresh, block_on = futures_executor::block_on);
/// }
/// ```
#[macro_export]
macro_rules! store_conformance_tests {
    ($factory:expr, block_on = $block_on:expr $(,)?) => {
        $crate::__every_store_clause! { [$crate::__conformance_tests] [$factory, $block_on] }
    };
    ($factory:expr $(,)?) => {
        $crate::store_conformance_tests!(
            $factory,
            block_on = $crate::testing::conformance::block_on
        );
    };
}

/// Creates a `#[test]` for every clause of [`GrantDirectory`](crate::host::GrantDirectory#contract), each with a fresh
/// store that is its own directory.
///
/// Its arguments are those of [`store_conformance_tests!`](crate::store_conformance_tests).
///
/// ```
/// mod my_store {
///     use device_grant::store::MemoryStore;
///
///     device_grant::directory_conformance_tests!(|clock| async { ((), MemoryStore::new().with_clock(clock)) });
/// }
/// ```
#[macro_export]
macro_rules! directory_conformance_tests {
    ($factory:expr, block_on = $block_on:expr $(,)?) => {
        $crate::__every_directory_clause! { [$crate::__conformance_tests] [$factory, $block_on] }
    };
    ($factory:expr $(,)?) => {
        $crate::directory_conformance_tests!(
            $factory,
            block_on = $crate::testing::conformance::block_on
        );
    };
}

/// Creates a `#[test]` for each way in which a redemption can be interrupted, each on a fresh store: see
/// [`redemption`](crate::testing::conformance::redemption).
///
/// Its arguments are those of [`store_conformance_tests!`](crate::store_conformance_tests), whose tests a store should
/// pass first. It runs some hundred flows, which takes seconds if each write waits for a disk.
///
/// ```
/// mod my_store {
///     use device_grant::store::MemoryStore;
///
///     device_grant::redemption_conformance_tests!(|clock| async { ((), MemoryStore::new().with_clock(clock)) });
/// }
/// ```
#[macro_export]
macro_rules! redemption_conformance_tests {
    ($factory:expr, block_on = $block_on:expr $(,)?) => {
        $crate::__every_cut! { [$crate::__conformance_tests] [$factory, $block_on] }
    };
    ($factory:expr $(,)?) => {
        $crate::redemption_conformance_tests!(
            $factory,
            block_on = $crate::testing::conformance::block_on
        );
    };
}

/// Creates a `#[test]` for every clause of [`Limiter`](crate::host::Limiter#contract) except the fourth, each with a fresh
/// limiter.
///
/// Its arguments are those of [`store_conformance_tests!`](crate::store_conformance_tests). The factory is a function of a
/// [`ManualClock`](crate::testing::ManualClock) that returns a guard and a limiter with this clock. For the fourth clause, that
/// nodes share the counts, call
/// [`clause_04_two_nodes_share_what_a_key_has`](crate::testing::conformance::limiter::sharing::clause_04_two_nodes_share_what_a_key_has)
/// in a test with two of your limiters.
///
/// ```
/// mod my_limiter {
///     use device_grant::limiter::MemoryLimiter;
///
///     device_grant::limiter_conformance_tests!(|clock| async {
///         ((), MemoryLimiter::new().with_clock(clock))
///     });
/// }
/// ```
#[macro_export]
macro_rules! limiter_conformance_tests {
    ($factory:expr, block_on = $block_on:expr $(,)?) => {
        $crate::__every_limiter_clause! { [$crate::__conformance_tests] [$crate::testing::conformance::limiter::timed($factory), $block_on] }
    };
    ($factory:expr $(,)?) => {
        $crate::limiter_conformance_tests!(
            $factory,
            block_on = $crate::testing::conformance::block_on
        );
    };
}

/// Creates a `#[test]` for every clause of [`TokenIssuer`](crate::host::TokenIssuer#contract), each with a fresh host. The
/// tests run in parallel and use the same grant identifiers, so two hosts must share no data: on a database, create tables or a
/// schema for each.
///
/// Its arguments are those of [`store_conformance_tests!`](crate::store_conformance_tests). The factory creates
/// an [`IssuerHost`](crate::testing::conformance::issuer::IssuerHost), whose documentation has an example. With `voids` as the
/// last argument, it adds the tests in [`voiding`](crate::testing::conformance::issuer::voiding), for an issuer that can void its
/// tokens. The forms are
///
/// - `issuer_conformance_tests!(fresh)`
/// - `issuer_conformance_tests!(fresh, voids)`
/// - `issuer_conformance_tests!(fresh, block_on = |future| RUNTIME.block_on(future))`
/// - `issuer_conformance_tests!(fresh, block_on = |future| RUNTIME.block_on(future), voids)`
#[macro_export]
macro_rules! issuer_conformance_tests {
    ($factory:expr, block_on = $block_on:expr, voids $(,)?) => {
        $crate::issuer_conformance_tests!($factory, block_on = $block_on);
        $crate::__every_voiding_clause! { [$crate::__conformance_tests] [$factory, $block_on] }
    };
    ($factory:expr, block_on = $block_on:expr $(,)?) => {
        $crate::__every_issuer_clause! { [$crate::__conformance_tests] [$factory, $block_on] }
    };
    ($factory:expr, voids $(,)?) => {
        $crate::issuer_conformance_tests!(
            $factory,
            block_on = $crate::testing::conformance::block_on,
            voids
        );
    };
    ($factory:expr $(,)?) => {
        $crate::issuer_conformance_tests!(
            $factory,
            block_on = $crate::testing::conformance::block_on
        );
    };
}

/// Makes the tests of a list of clauses.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_tests {
    (
        [$factory:expr, $block_on:expr]
        $($port:ident::$module:ident { $($kind:ident $clause:ident)+ })+
    ) => {
        $($(
            #[test]
            fn $clause() {
                $crate::__conformance_test!(
                    $port,
                    $kind,
                    $factory,
                    // With a type, so that a closure of the caller without one is taken for work of any lifetime.
                    |work: $crate::testing::conformance::Work<'_>| ($block_on)(work),
                    $crate::testing::conformance::$port::$module::$clause
                );
            }
        )+)+
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_test {
    // An issuer tells no time.
    (issuer, alone, $factory:expr, $block_on:expr, $clause:path) => {
        $crate::testing::conformance::in_test::alone(&$factory, &$block_on, async |made, _clock| {
            $clause(made).await
        })
    };
    // A limiter comes with its clock.
    (limiter, alone, $factory:expr, $block_on:expr, $clause:path) => {
        $crate::testing::conformance::in_test::alone(&$factory, &$block_on, async |made, _clock| {
            $clause(made).await
        })
    };
    (limiter, racing, $factory:expr, $block_on:expr, $clause:path) => {
        $crate::testing::conformance::in_test::racing(
            &$factory,
            &$block_on,
            |made, _clock, racers| $clause(made, racers),
        )
    };
    ($port:ident, alone, $factory:expr, $block_on:expr, $clause:path) => {
        $crate::testing::conformance::in_test::alone(&$factory, &$block_on, async |made, clock| {
            $clause(made, clock).await
        })
    };
    ($port:ident, shared, $factory:expr, $block_on:expr, $clause:path) => {
        $crate::testing::conformance::in_test::shared(&$factory, &$block_on, async |made, clock| {
            $clause(made, clock).await
        })
    };
    ($port:ident, racing, $factory:expr, $block_on:expr, $clause:path) => {
        $crate::testing::conformance::in_test::racing(
            &$factory,
            &$block_on,
            |made, clock, racers| $clause(made, clock, racers),
        )
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __every_directory_clause {
    ([$($callback:tt)+] $arguments:tt) => {
        $($callback)+! {
            $arguments
            directory::finding {
                alone clause_01_a_client_has_grants_in_every_state
                alone clause_01_an_end_user_has_what_they_approved
                alone clause_01_the_expired_are_listed_and_the_forgotten_are_not
                alone clause_02_names_are_told_apart_byte_by_byte
                alone clause_02_grants_of_another_issuer_are_not_listed
                alone clause_02_what_was_not_approved_is_no_end_users
                alone clause_04_a_list_sees_the_latest_write
            }
            directory::paging {
                alone clause_03_the_newest_come_first
                alone clause_03_a_page_is_no_longer_than_its_limit
                alone clause_03_pages_of_any_length_list_each_grant_once
                alone clause_03_changes_meanwhile_neither_skip_nor_repeat
                alone clause_03_any_cursor_will_do
            }
        }
    };
}

/// The functions of `conformance::redemption`, as [`__every_store_clause`].
#[doc(hidden)]
#[macro_export]
macro_rules! __every_cut {
    ([$($callback:tt)+] $arguments:tt) => {
        $($callback)+! {
            $arguments
            redemption::cuts {
                shared a_store_that_fails_at_any_call_neither_burns_an_approval_nor_doubles_tokens
                shared a_caller_that_goes_away_at_any_await_neither_burns_an_approval_nor_doubles_tokens
                shared a_write_that_arrives_at_any_later_time_neither_burns_an_approval_nor_doubles_tokens
                shared with_redelivery_no_cut_costs_the_tokens
            }
        }
    };
}

/// The clauses of a store, for the macro that is named first, with the arguments that come second.
#[doc(hidden)]
#[macro_export]
macro_rules! __every_store_clause {
    ([$($callback:tt)+] $arguments:tt) => {
        $($callback)+! {
            $arguments
            store::inserting {
                alone clause_01_a_new_grant_is_found_by_its_id_and_by_its_user_code
                alone clause_01_a_taken_id_is_refused_and_nothing_is_written
                alone clause_01_a_taken_user_code_is_refused_and_nothing_is_written
                alone clause_01_inserting_the_same_grant_twice_is_refused
                alone clause_01_a_user_code_is_taken_in_every_state_and_after_expiry
                alone clause_01_grants_without_a_user_code_do_not_get_in_each_others_way
                racing clause_01_of_racing_insertions_under_one_user_code_one_wins
                racing clause_01_of_racing_insertions_under_one_id_one_wins
            }
            store::reading {
                alone clause_02_what_was_never_written_is_not_found
                alone clause_02_both_ways_of_reading_see_the_latest_write
                alone clause_02_every_user_code_asked_for_is_looked_up
                alone clause_02_a_grant_is_found_once_however_often_its_code_is_asked_for
            }
            store::replacing {
                alone clause_03_replace_writes_over_the_expected_revision
                alone clause_03_replace_over_another_revision_writes_nothing
                alone clause_03_a_replacement_changes_no_other_grant
                alone clause_03_a_write_that_is_repeated_loses
                alone clause_03_any_64_bits_are_a_revision
                racing clause_03_of_racing_writers_one_wins
                alone clause_04_replace_does_not_insert
                alone clause_04_a_forgotten_grant_stays_forgotten
                racing clause_04_no_writer_that_races_a_purge_brings_a_grant_back
            }
            store::polling {
                alone clause_05_a_poll_changes_neither_the_row_nor_its_revision
                racing clause_05_polls_never_make_a_decision_lose
                alone clause_05_a_replacement_leaves_the_pace_as_it_is
                alone clause_06_only_undecided_grants_are_paced
                alone clause_06_a_grant_is_paced_until_the_last_microsecond_before_its_expiry
                alone clause_06_a_poll_after_the_expiry_finds_the_grant_unpaced
                alone clause_06_a_poll_of_an_unknown_grant_finds_nothing
                alone clause_06_the_longest_interval_hides_no_decision
            }
            store::pacing {
                alone clause_07_due_after_is_the_rows_and_the_other_numbers_the_callers
                alone clause_07_every_grant_has_a_pace_of_its_own
                alone clause_07_polls_are_judged_like_the_pure_function
                racing clause_07_of_racing_polls_one_is_accepted
            }
            store::forgetting {
                alone clause_08_a_grant_is_found_until_the_last_microsecond
                alone clause_08_no_state_is_forgotten_early
                alone clause_08_a_replacement_can_have_a_grant_remembered_for_longer
                alone clause_08_no_insertion_makes_a_store_forget_early
                alone clause_09_purge_forgets_a_grant_and_its_user_code
                alone clause_09_purge_forgets_every_state
                alone clause_09_a_replacement_can_have_a_grant_forgotten_sooner
                alone clause_09_purge_forgets_nothing_else
                alone clause_09_purge_forgets_no_more_than_its_limit_and_all_in_the_end
                alone clause_09_a_limit_of_zero_forgets_nothing
                alone clause_09_purge_works_at_the_ends_of_time
                alone clause_09_what_is_forgotten_can_be_taken_again
                alone clause_09_a_user_code_stays_with_the_grant_that_took_it_over
                racing clause_09_racing_purges_count_each_grant_once
            }
            store::keeping {
                racing clause_10_what_racers_were_told_is_written_is_there
                alone clause_10_a_dropped_call_leaves_nothing_half_written
                alone clause_11_every_column_comes_back_as_it_was
                alone clause_11_times_come_back_to_the_microsecond
                alone clause_11_the_ends_of_time_come_back
                alone clause_11_ids_and_codes_are_any_bytes
                alone clause_11_unusual_text_comes_back_as_it_was
                alone clause_11_ten_kilobytes_of_text_come_back_as_they_were
                alone clause_11_text_with_a_nul_comes_back_as_it_was_or_is_refused
            }
            store::timing {
                alone clause_12_a_new_row_has_the_time_of_the_store
                alone clause_12_every_read_tells_the_time
                alone clause_12_the_store_tells_the_time_when_it_is_asked
                alone clause_12_a_poll_is_judged_at_the_time_that_it_tells
            }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __every_limiter_clause {
    ([$($callback:tt)+] $arguments:tt) => {
        $($callback)+! {
            $arguments
            limiter::charging {
                alone clause_01_a_refused_charge_charges_none_of_the_others
                alone clause_01_nothing_is_given_back_beside_a_refused_charge
                alone clause_01_a_refusal_names_the_first_refused_charge_and_its_wait
                alone clause_01_a_key_that_is_named_twice_is_charged_twice
                alone clause_01_a_take_and_a_give_back_in_one_call_leave_a_key_as_it_was
                alone clause_01_no_charge_is_always_allowed
            }
            limiter::judging {
                alone clause_02_keys_do_not_share_what_they_have
                alone clause_02_issuers_do_not_share_what_they_have
                alone clause_02_time_is_the_limiters_own
                alone clause_02_charges_are_judged_by_the_quota
                racing clause_02_racing_charges_get_no_more_than_the_burst
                alone clause_03_being_refused_gives_nothing_back
                alone clause_03_a_unit_that_is_given_back_can_be_taken_again
                alone clause_03_giving_back_makes_no_more_than_the_burst
                alone clause_03_a_clock_set_back_costs_a_period_and_no_limit
                alone clause_03_two_quotas_on_one_key_do_not_cancel_each_other
                alone clause_03_a_debt_lasts_no_longer_than_a_period_of_the_quota_that_asks
            }
            limiter::purging {
                alone clause_05_purge_forgets_no_debt
                alone clause_05_purge_forgets_no_more_than_its_limit_and_all_in_the_end
                alone clause_05_a_refused_charge_leaves_nothing_behind
                alone clause_05_giving_back_to_an_unknown_key_leaves_nothing_behind
            }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __every_issuer_clause {
    ([$($callback:tt)+] $arguments:tt) => {
        $($callback)+! {
            $arguments
            issuer::refusing {
                alone clause_01_a_user_who_may_have_tokens_gets_them
                alone clause_01_a_locked_user_is_refused
                alone clause_01_a_user_who_is_locked_between_two_attempts_is_refused
                alone clause_01_a_locked_user_is_refused_a_redelivery
                alone clause_01_locking_one_user_refuses_no_other
                alone clause_02_tokens_carry_no_more_than_the_end_user_granted
                alone clause_02_tokens_carry_no_more_than_the_policy_left
                alone clause_04_a_higher_ordinal_ends_nothing_of_another_grant
                alone clause_05_a_discard_ends_nothing_else
            }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __every_voiding_clause {
    ([$($callback:tt)+] $arguments:tt) => {
        $($callback)+! {
            $arguments
            issuer::voiding {
                alone clause_03_the_same_attempt_again_leaves_one_live_set
                alone clause_04_a_higher_ordinal_voids_earlier_attempts
                alone clause_05_discarded_tokens_are_dead
            }
        }
    };
}
