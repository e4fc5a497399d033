//! The searches: every pair, every triple, and the largest.

use super::explorer::{Chooser, explore};
use super::house::{Act, House, INTERVAL, LEASE, LIFETIME, Start};
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
        Act::Poll,
        Act::Poll,
        Act::Revoke,
        Act::Purge,
        Act::Pass(INTERVAL),
        Act::Pass(LEASE),
        Act::Pass(LIFETIME),
        Act::Bring(Trouble::ReplyLost),
        Act::Bring(Trouble::StoreFails),
        Act::Drop,
    ];
    if matches!(start, Start::Issued | Start::Reviewed) {
        acts.extend([Act::Review, Act::Approve, Act::Deny]);
    } else {
        acts.extend([
            Act::Bring(Trouble::IssuerFails),
            Act::Bring(Trouble::IssuerRefuses),
            Act::Deny,
        ]);
    }
    if start == Start::Unconfirmed {
        acts.extend([Act::Confirm, Act::Confirm]);
    }
    acts
}

/// Runs one schedule; says which promise was broken, and by which schedule.
fn run(start: Start, breach: Breach, acts: &[Act], chooser: &mut Chooser) -> Result<(), String> {
    let house = House::new(start, breach);
    let broken = std::cell::Cell::new(None::<Broken>);
    house.run(acts, chooser, |house| {
        if let Err(promise) = super::promises::always(house) {
            broken.set(broken.get().or(Some(promise)));
        }
    });
    let rest = match broken.get() {
        Some(promise) => Err(promise),
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

/// Runs all schedules of these acts, and returns their number.
fn all(start: Start, acts: &[Act]) -> u64 {
    explore(|chooser| {
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
fn every(size: usize) {
    let began = std::time::Instant::now();
    for start in STARTS {
        let selections = selections(&acts(start), size);
        let schedules: u64 = selections.iter().map(|acts| all(start, acts)).sum();
        println!(
            "{start:?}: {schedules} schedules of {} selections of {size}, {:?}",
            selections.len(),
            began.elapsed()
        );
    }
}

#[test]
fn every_pair() {
    every(2);
}

#[test]
#[ignore = "long: scripts/test-long"]
fn every_triple() {
    every(3);
}

/// Where two devices, or a device and a person, are most likely to lose something.
#[test]
fn the_critical_triples() {
    search(&[
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
    ]);
}

#[test]
#[ignore = "long: scripts/test-long"]
fn the_largest_searches() {
    search(&[
        (Start::Approved, &[Act::Poll, Act::Poll, Act::Revoke]),
        (
            Start::Approved,
            &[Act::Poll, Act::Poll, Act::Pass(LEASE), Act::Drop],
        ),
        (
            Start::Reviewed,
            &[
                Act::Approve,
                Act::Deny,
                Act::Poll,
                Act::Bring(Trouble::ReplyLost),
            ],
        ),
        (
            Start::Reviewed,
            &[Act::Approve, Act::Poll, Act::Poll, Act::Pass(LIFETIME)],
        ),
        (
            Start::Unconfirmed,
            &[
                Act::Confirm,
                Act::Confirm,
                Act::Revoke,
                Act::Bring(Trouble::ReplyLost),
            ],
        ),
    ]);
}

fn search(cases: &[(Start, &[Act])]) {
    for (start, acts) in cases {
        println!("{start:?} {acts:?}: {} schedules", all(*start, acts));
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
            let schedules = explore(|chooser| {
                broken += u64::from(run(start, breach, &acts, chooser).is_err());
            });
            assert!(
                broken > 0,
                "{breach:?}, {acts:?}: {schedules} schedules broke nothing"
            );
        }
    }
}
