//! Histories, drawn at random.

use proptest::collection::vec;
use proptest::prelude::*;

use super::step::{Decision, Device, Mood, Step};

/// A history of up to 80 steps. The latest grants and tickets are no likelier than the first; few are made.
pub(crate) fn histories() -> impl Strategy<Value = Vec<Step>> {
    vec(step(), 1..=80)
}

/// In milliseconds: around each bound, and far beyond.
const TIMES: &[u64] = &[
    1, 500, 999, 1_000, 2_000, 3_499, 3_500, 5_000, 9_000, 20_000, 40_000, 40_001, 60_000, 61_000,
    3_600_000, 7_200_000,
];
const DECISIONS: &[Decision] = &[
    Decision::Approve,
    Decision::Approve,
    Decision::Deny,
    Decision::Release,
];
const MOODS: &[Mood] = &[Mood::Works, Mood::Works, Mood::Unavailable, Mood::Refuses];

fn step() -> impl Strategy<Value = Step> {
    // Mostly whose it is: strangers are told little, so that they teach little.
    let issuer = || prop_oneof![9 => Just(0_usize), 2 => Just(1)];
    let device = || {
        (issuer(), prop_oneof![9 => Just(0_usize), 1 => Just(1)])
            .prop_map(|(issuer, client)| Device { issuer, client })
    };
    let (node, person, any) = (|| 0..2_usize, || 0..2_usize, || 0..60_usize);
    prop_oneof![
        6 => prop::sample::select(TIMES).prop_map(|milliseconds| Step::Pass { milliseconds }),
        1 => (issuer(), node()).prop_map(|(issuer, node)| Step::Purge { issuer, node }),
        1 => prop::sample::select(MOODS).prop_map(Step::Become),
        2 => (device(), node()).prop_map(|(device, node)| Step::Authorize { device, node }),
        4 => (issuer(), node(), person(), any())
            .prop_map(|(issuer, node, person, grant)| Step::Enter { issuer, node, person, grant }),
        6 => (issuer(), node(), person(), any(), prop::sample::select(DECISIONS)).prop_map(
            |(issuer, node, person, ticket, decision)| Step::Decide { issuer, node, person, ticket, decision }
        ),
        9 => (device(), node(), any()).prop_map(|(device, node, grant)| Step::Poll { device, node, grant }),
        1 => (issuer(), node(), any()).prop_map(|(issuer, node, grant)| Step::Revoke { issuer, node, grant }),
    ]
}
