//! The memory that a burst of requests leaves behind. Alone in its binary, because other tests would be counted too.

use std::time::Duration;

use device_grant_benches::allocator::{Counting, live_bytes};
use device_grant_benches::ours::{Device, LIFETIME, Ours, RETENTION};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn memory_is_given_back_after_a_burst() {
    const BURST: usize = 100_000;
    let before = live_bytes();
    // All within a second, so that the limiter remembers every address.
    let (mut ours, told) = Ours::filled(Device::Realistic, BURST, Duration::from_secs(1));
    drop(told);
    let full = live_bytes() - before;
    ours.clock.advance(LIFETIME + RETENTION);
    for _ in 0..BURST {
        drop(ours.authorize());
        ours.clock.advance(LIFETIME);
    }
    ours.clock.advance(LIFETIME + RETENTION);
    assert_ne!(ours.purge(), 0);
    let left = live_bytes() - before;
    assert!(left < full / 100, "of {full} bytes {left} are left");
}
