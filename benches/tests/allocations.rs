//! The allocations of an operation. Tests fail by counts, which are the same on every machine, and not by times.

use device_grant::DeviceTokenRequest;
use device_grant_benches::allocator::{Counting, allocations};
use device_grant_benches::ours::{Device, LIFETIME, Ours, visitor};
use device_grant_benches::rhythm::{Polls, Rhythm};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const FEW: usize = 100;

#[test]
fn a_pending_poll_allocates_once() {
    for rhythm in [Rhythm::InTime, Rhythm::Early, Rhythm::Mixed] {
        let mut polls = Polls::new(FEW, rhythm);
        let mut requests = polls.next(2 * FEW).into_iter();
        let made = allocations(|| {
            let (at, request) = requests.next().expect("enough of them");
            polls.clock().set(at);
            polls.ours.poll(request)
        });
        // The future of the store.
        assert!(made <= 1, "{rhythm:?}: {made}");
    }
}

#[test]
fn an_authorization_allocates_no_more_than_it_did() {
    let (mut ours, _) = Ours::filled(Device::Realistic, FEW, LIFETIME);
    let mut requests: Vec<_> = (0..16).map(|_| ours.request()).collect();
    let made = allocations(|| ours.authorize_as(requests.pop().expect("enough of them")));
    // Futures of limiter and store; two keys of limits and their list; both codes and the address to show; the grant
    // and its body.
    assert!(made <= 10, "{made}");
}

#[test]
fn a_redemption_allocates_no_more_than_it_did() {
    let mut ours = Ours::new(Device::Realistic);
    let visitor = visitor();
    let mut polls: Vec<_> = (0..16)
        .map(|_| {
            let told = ours.authorize();
            let ticket = ours.review(&told.user_code, &visitor);
            ours.approve(&ticket, &visitor);
            DeviceTokenRequest::new(&*told.device_code)
        })
        .collect();
    let made = allocations(|| ours.poll(polls.pop().expect("enough of them")));
    assert!(made <= 25, "{made}");
}
