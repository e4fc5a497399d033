use super::clauses;
use crate::fresh;
use crate::store::block_on;

/// One test for each clause, on one server and on a Cluster.
macro_rules! clauses {
    ($($clause:ident),+ $(,)?) => {
        mod single {
            use super::*;

            $(
                #[test]
                fn $clause() {
                    block_on(clauses::$clause(&fresh::single_limiter()));
                }
            )+
        }

        mod cluster {
            use super::*;

            $(
                #[test]
                fn $clause() {
                    block_on(clauses::$clause(&fresh::cluster_limiter()));
                }
            )+
        }
    };
}

clauses! {
    clause_01_a_refused_charge_charges_none_of_the_others,
    clause_01_a_debt_is_not_taken_on_beside_a_refused_charge,
    clause_01_a_refusal_names_the_first_refused_charge_and_its_wait,
    clause_01_a_key_that_is_named_twice_is_charged_twice,
    clause_01_no_charge_is_always_allowed,
    clause_02_keys_do_not_share_what_they_have,
    clause_02_charges_are_judged_by_the_quota,
    clause_02_racing_charges_get_no_more_than_the_burst,
    clause_03_looking_and_being_refused_give_nothing_back,
    clause_03_a_look_that_is_allowed_costs_nothing,
    clause_03_a_debt_is_paid_by_time_alone,
    clause_03_a_clock_set_back_gives_nothing_back,
}
