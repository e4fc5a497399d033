//! Failures of the commit and after it: where tokens can get lost, and where redelivery brings them.

use device_grant::Builder;
use device_grant::testing::{Disruption, Occasion, Ran, StoreCall, block_on};

use super::Redeeming;
use super::{
    super::{SECOND, Test},
    case,
};

fn committing() -> Occasion {
    StoreCall::Replace.nth(2)
}

/// Cuts the commit short like this, and the store stays away if it is to.
fn cut(how: Disruption, is_away: bool, configure: fn(Builder) -> Builder) -> Redeeming {
    let mut redeeming = Redeeming::with([], configure);
    let store = &redeeming.server.store;
    store.disrupt(committing(), how);
    if is_away {
        store.disrupt(StoreCall::Find.always(), Disruption::FailBefore);
    }
    redeeming.poll();
    redeeming
}

fn as_it_is(builder: Builder) -> Builder {
    builder
}

fn redelivering(builder: Builder) -> Builder {
    builder.redelivery(60 * SECOND)
}

/// The whole redemption goes well, and the device never gets its response.
fn lose_the_response(redeeming: &Redeeming) {
    let tv = &redeeming.tv;
    let polled = redeeming
        .server
        .t
        .grants()
        .poll(tv.client(), tv.poll_request());
    let Ran::Done(Ok(lost)) = block_on(polled) else {
        panic!("nothing fails on this side");
    };
    drop(lost);
}

#[test]
fn the_commit_is_not_written() -> Test {
    cut(Disruption::FailBefore, false, as_it_is).golden(case::COMMIT_NOT_WRITTEN)
}

#[test]
fn the_answer_to_the_commit_is_lost() -> Test {
    cut(Disruption::FailAfter, false, as_it_is).golden(case::COMMIT_ANSWER_LOST)
}

#[test]
fn the_commit_is_under_way() -> Test {
    cut(Disruption::FailThenDo, false, as_it_is).golden(case::COMMIT_ARRIVES_LATE)
}

#[test]
fn the_commit_is_not_written_and_the_store_is_away() -> Test {
    cut(Disruption::FailBefore, true, as_it_is).golden(case::COMMIT_NOT_WRITTEN_STORE_AWAY)
}

#[test]
fn the_answer_to_the_commit_is_lost_and_the_store_is_away() -> Test {
    cut(Disruption::FailAfter, true, as_it_is).golden(case::COMMIT_ANSWER_LOST_STORE_AWAY)
}

#[test]
fn the_answer_to_the_commit_is_lost_and_the_store_is_away_with_redelivery() -> Test {
    cut(Disruption::FailAfter, true, redelivering).golden(case::COMMIT_ANSWER_LOST_REDELIVERY)
}

#[test]
fn the_node_stops_before_the_commit() -> Test {
    cut(Disruption::HangBefore, false, as_it_is).golden(case::COMMIT_NODE_STOPS_BEFORE)
}

#[test]
fn the_node_stops_after_the_commit() -> Test {
    cut(Disruption::HangAfter, false, as_it_is).golden(case::COMMIT_NODE_STOPS_AFTER)
}

#[test]
fn the_node_stops_after_the_commit_with_redelivery() -> Test {
    cut(Disruption::HangAfter, false, redelivering).golden(case::COMMIT_NODE_STOPS_AFTER_REDELIVERY)
}

#[test]
fn the_response_is_lost() -> Test {
    let redeeming = Redeeming::new([]);
    lose_the_response(&redeeming);
    redeeming.golden(case::RESPONSE_LOST)
}

#[test]
fn the_response_is_lost_with_redelivery() -> Test {
    let redeeming = Redeeming::with([], redelivering);
    lose_the_response(&redeeming);
    redeeming.golden(case::RESPONSE_LOST_REDELIVERY)
}

#[test]
fn the_response_is_lost_and_the_device_comes_too_late() -> Test {
    let redeeming = Redeeming::with([], redelivering);
    lose_the_response(&redeeming);
    redeeming.server.t.advance(60 * SECOND);
    redeeming.golden(case::RESPONSE_LOST_WINDOW_OVER)
}
