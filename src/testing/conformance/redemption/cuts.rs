//! One function for each kind of cut.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::cut::Cut;
use super::run::Run;
use super::trouble::Trouble;
use crate::host::GrantStore;
use crate::testing::{Disruption, ManualClock};

/// Checks redemptions in which each call of the store fails in each way, before and after it takes effect, with each
/// failure of the issuer. The store then works again at once, or fails for the rest of the poll.
///
/// # Panics
///
/// If an approval is lost, or its tokens are issued twice.
pub async fn a_store_that_fails_at_any_call_neither_burns_an_approval_nor_doubles_tokens(
    store: Arc<impl GrantStore + 'static>,
    clock: &ManualClock,
) {
    for trouble in Trouble::ALL {
        for how in FAILURES {
            for cut in [Cut::Store, Cut::StoreForGood] {
                at_each_place(async |call| {
                    let run =
                        Run::of((&store, clock), trouble, &cut(call, how.clone()), None).await;
                    run.judge();
                    run.was_cut()
                })
                .await;
            }
        }
    }
}

/// Checks redemptions whose future is dropped at each await, those of the store included, with each failure of the
/// issuer.
///
/// # Panics
///
/// If an approval is lost, or its tokens are issued twice.
pub async fn a_caller_that_goes_away_at_any_await_neither_burns_an_approval_nor_doubles_tokens(
    store: Arc<impl GrantStore + 'static>,
    clock: &ManualClock,
) {
    for trouble in Trouble::ALL {
        at_each_place(async |awaits| {
            let run = Run::of((&store, clock), trouble, &Cut::Dropped(awaits), None).await;
            run.judge();
            run.was_cut()
        })
        .await;
    }
}

/// Checks redemptions on a node that stops during a write, which takes effect between any two later calls, or after all
/// of them.
///
/// # Panics
///
/// If an approval is lost, or its tokens are issued twice.
pub async fn a_write_that_arrives_at_any_later_time_neither_burns_an_approval_nor_doubles_tokens(
    store: Arc<impl GrantStore + 'static>,
    clock: &ManualClock,
) {
    for trouble in [Trouble::None, Trouble::IssuerIsAway, Trouble::IssuerRefuses] {
        at_each_place(async |call| {
            let was_cut = AtomicBool::new(false);
            at_each_place(async |calls| {
                let cut = Cut::Store(call, Disruption::PanicThenDo(calls));
                let run = Run::of((&store, clock), trouble, &cut, None).await;
                run.judge();
                was_cut.store(run.was_cut(), Ordering::Relaxed);
                // With a stray, the write came after all other calls: an even later one is the same run.
                run.was_cut() && !run.had_strays()
            })
            .await;
            was_cut.into_inner()
        })
        .await;
    }
}

/// Checks that with redelivery, none of these failures costs the device its tokens, unless the issuer refuses.
///
/// # Panics
///
/// If one does, or if the last tokens that a device got are not those of the attempt that the store has as committed.
pub async fn with_redelivery_no_cut_costs_the_tokens(
    store: Arc<impl GrantStore + 'static>,
    clock: &ManualClock,
) {
    let redeliver = async |cut: Cut| {
        let run = Run::of((&store, clock), Trouble::None, &cut, Some(Run::WINDOW)).await;
        run.judge_redelivered();
        run.was_cut()
    };
    for how in FAILURES {
        for cut in [Cut::Store, Cut::StoreForGood] {
            at_each_place(async |call| redeliver(cut(call, how.clone())).await).await;
        }
    }
    at_each_place(async |awaits| redeliver(Cut::Dropped(awaits)).await).await;
}

const FAILURES: [Disruption; 5] = [
    Disruption::FailBefore,
    Disruption::FailAfter,
    Disruption::FailThenDo,
    Disruption::PanicBefore,
    Disruption::PanicAfter,
];

/// Runs it with 1, 2 and so on, until it says that there is no such place any more.
async fn at_each_place(run: impl AsyncFn(usize) -> bool) {
    /// No redemption has so many.
    const ENDLESS: usize = 500;

    for place in 1.. {
        assert!(place < ENDLESS, "a redemption does not come to an end");
        if !run(place).await {
            return;
        }
    }
}
