//! The searches: every pair, every triple, and the largest.

use super::explorer::{Chooser, Explored, Search, explore};
use super::house::{Act, House, INTERVAL, LEASE, LIFETIME, RETENTION, Start};
use super::ports::{Breach, Trouble};
use super::promises::Broken;

const STARTS: [Start; 4] = [
    Start::Issued,
    Start::Reviewed,
    Start::Approved,
    Start::Unconfirmed,
];

/// The acts that make sense after this start. A second poll, and a second confirmation, race with the first.
fn acts(start: Start) -> Vec<Act> {
    let mut acts = vec![
        Act::Review,
        Act::Approve,
        Act::Deny,
        Act::Poll,
        Act::Poll,
        Act::Revoke,
        Act::Purge,
        Act::Pass(INTERVAL),
        Act::Pass(LEASE),
        Act::Pass(LIFETIME),
        Act::Pass(RETENTION),
        Act::Bring(Trouble::ReplyLost),
        Act::Bring(Trouble::StoreFails),
        Act::Bring(Trouble::IssuerFails),
        Act::Bring(Trouble::IssuerRefuses),
        Act::Drop,
    ];
    if start == Start::Unconfirmed {
        acts.extend([Act::Confirm, Act::Confirm]);
    }
    acts
}

/// Runs one schedule; says which promise was broken, and by which schedule.
fn run(start: Start, breach: Breach, acts: &[Act], chooser: &mut Chooser) -> Result<(), String> {
    let house = House::new(start, breach);
    let broken = std::cell::Cell::new(None::<Broken>);
    let is_over = house.run(acts, chooser, |house| {
        let mut kept = super::promises::always(house);
        if start == Start::Unconfirmed && !acts.contains(&Act::Confirm) {
            kept = kept.and_then(|()| super::promises::unconfirmed(house));
        }
        if let Err(promise) = kept {
            broken.set(broken.get().or(Some(promise)));
        }
    });
    let rest = match broken.get() {
        Some(promise) => Err(promise),
        None if !is_over => Ok(()),
        None => {
            let is_approved = matches!(start, Start::Approved | Start::Unconfirmed);
            super::promises::at_rest(&house, acts, is_approved, house.settle())
        }
    };
    rest.map_err(|promise| {
        let path = chooser.path();
        format!(
            "{promise}: {start:?}, {acts:?}, order {path:?}, heard {:?}",
            house.heard()
        )
    })
}

/// Runs the schedules of these acts.
fn all(start: Start, acts: &[Act], search: Search) -> Explored {
    explore(search, |chooser| {
        if let Err(broken) = run(start, Breach::None, acts, chooser) {
            panic!("{broken}");
        }
    })
}

/// Each selection of `size` acts, whatever their order.
fn selections(acts: &[Act], size: usize) -> Vec<Vec<Act>> {
    if size == 0 {
        return vec![Vec::new()];
    }
    let mut found = Vec::new();
    for (index, &first) in acts.iter().enumerate() {
        for mut rest in selections(&acts[index + 1..], size - 1) {
            rest.insert(0, first);
            if !found.contains(&rest) {
                found.push(rest);
            }
        }
    }
    found
}

#[expect(
    clippy::disallowed_methods,
    reason = "the time that a search takes is for people to read"
)]
fn every(size: usize, starts: &[Start]) {
    for &start in starts {
        let began = std::time::Instant::now();
        let selections = selections(&acts(start), size);
        let mut sum = Explored::default();
        for acts in &selections {
            let Explored { schedules, runs } = all(start, acts, Search::EveryState);
            sum.schedules += schedules;
            sum.runs += runs;
        }
        println!(
            "{start:?}: {sum:?} of {} selections of {size}, {:?}",
            selections.len(),
            began.elapsed()
        );
    }
}

#[test]
fn every_pair() {
    every(2, &STARTS);
}

#[test]
fn every_triple_of_an_approved_grant() {
    every(3, &[Start::Approved]);
}

#[test]
#[ignore = "long: scripts/test-long"]
fn every_triple() {
    every(3, &STARTS);
}

#[test]
#[ignore = "long: scripts/test-long"]
fn every_quadruple() {
    every(4, &STARTS);
}

/// A search that leaves out what is known finds as many schedules as one that follows each.
#[test]
fn no_schedule_is_left_out() {
    for (start, acts) in [
        (Start::Approved, &[Act::Poll, Act::Poll, Act::Pass(LEASE)]),
        (
            Start::Approved,
            &[Act::Poll, Act::Poll, Act::Bring(Trouble::ReplyLost)],
        ),
        (Start::Reviewed, &[Act::Approve, Act::Deny, Act::Poll]),
        (
            Start::Unconfirmed,
            &[Act::Confirm, Act::Poll, Act::Pass(LIFETIME)],
        ),
    ] {
        let by_states = all(start, acts, Search::EveryState);
        let by_paths = all(start, acts, Search::EveryPath);
        println!("{start:?} {acts:?}: {by_states:?}, {by_paths:?}");
        assert_eq!(by_states.schedules, by_paths.schedules);
        assert_eq!(by_paths.runs, by_paths.schedules);
    }
}

/// The search finds what a store does that keeps no compare-and-set.
#[test]
fn a_store_that_breaks_its_contract_is_found_out() {
    for breach in [Breach::AnyRevision, Breach::AlwaysWon] {
        for (start, acts) in [
            (Start::Approved, [Act::Poll, Act::Poll]),
            (Start::Reviewed, [Act::Approve, Act::Deny]),
        ] {
            let mut broken = 0;
            let explored = explore(Search::EveryState, |chooser| {
                broken += u64::from(run(start, breach, &acts, chooser).is_err());
            });
            assert!(
                broken > 0,
                "{breach:?}, {acts:?}: {explored:?} broke nothing"
            );
        }
    }
}
