//! Histories of a whole server, four bytes a step, beside the model of the tests.

#![no_main]

use device_grant::store::MemoryStore;
use device_grant::testing::ManualClock;
use device_grant_fuzz::run;
use libfuzzer_sys::fuzz_target;

use self::house::House;
use self::step::{Decision, Device, Mood, Step};

#[path = "../../tests/model/compare.rs"]
mod compare;
#[path = "../../tests/model/house.rs"]
mod house;
#[path = "../../tests/model/page.rs"]
mod page;
#[path = "../../tests/model/step.rs"]
mod step;

/// The longest history, in steps.
const LONGEST: usize = 100;

fuzz_target!(|data: &[u8]| {
    let (bytes, _) = data.as_chunks::<4>();
    let steps: Vec<Step> = bytes.iter().take(LONGEST).map(step).collect();
    let clock = ManualClock::new();
    let house = House::new(MemoryStore::new().with_clock(clock.clone()), &clock);
    if let Err(difference) = run(compare::compare(house, &steps)) {
        panic!("{difference}");
    }
});

/// The step that the bytes say: what, by whom and where, and on which grant or ticket.
fn step(&[what, who, first, second]: &[u8; 4]) -> Step {
    let bit = |bit: u8| usize::from(who >> bit & 1);
    let (issuer, node, person) = (bit(0), bit(1), bit(2));
    let client = bit(3);
    let device = Device { issuer, client };
    let named = usize::from(first);
    match what % 8 {
        0 => Step::Pass {
            milliseconds: u64::from(u16::from_le_bytes([first, second])) * 100,
        },
        1 => Step::Purge { issuer, node },
        2 => Step::Become([Mood::Works, Mood::Unavailable, Mood::Refuses][named % 3]),
        3 => Step::Authorize { device, node },
        4 => Step::Enter {
            issuer,
            node,
            person,
            grant: named,
        },
        5 => Step::Decide {
            issuer,
            node,
            person,
            ticket: named,
            decision: [Decision::Approve, Decision::Deny, Decision::Release]
                [usize::from(second) % 3],
        },
        6 => Step::Poll {
            device,
            node,
            grant: named,
        },
        _ => Step::Revoke {
            issuer,
            node,
            grant: named,
        },
    }
}
