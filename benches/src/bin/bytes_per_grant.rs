//! Prints how many bytes a pending grant takes: what is allocated once they are there, less what was before, store,
//! indices and limiter included, by the sizes that were asked for. Then how often an operation allocates.

use device_grant_benches::allocator::{Counting, allocations, live_bytes};
use device_grant_benches::ours::{Device, LIFETIME, Ours};
use device_grant_benches::peer::Peer;
use device_grant_benches::rhythm::{Polls, Rhythm};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Maps double as they fill, so a figure depends on how full they happen to be.
const COUNTS: [usize; 5] = [1_000, 600_000, 800_000, 1_000_000, 1_200_000];

const KINDS: [(&str, Device); 3] = [
    ("device-grant: client", Device::Bare),
    ("device-grant: client, scope", Device::Scoped),
    (
        "device-grant: client, scope, address, user agent",
        Device::Realistic,
    ),
];

fn main() {
    print_row("bytes per pending grant", COUNTS);
    for (name, device) in KINDS {
        print_row(
            name,
            COUNTS.map(|count| bytes(count, || Ours::filled(device, count, LIFETIME))),
        );
    }
    for (name, is_scoped) in [
        ("oauth-as: client", false),
        ("oauth-as: client, scope", true),
    ] {
        print_row(
            name,
            COUNTS.map(|count| bytes(count, || Peer::filled(is_scoped, count))),
        );
    }
    print_row("\nallocations per operation", ["authorize", "poll"]);
    print_row("device-grant", [authorize_ours(), poll_ours()]);
    print_row("oauth-as", [authorize_peer(), poll_peer()]);
}

fn print_row<T: std::fmt::Display, const N: usize>(name: &str, cells: [T; N]) {
    print!("{name:<50}");
    for cell in cells {
        print!(" {cell:>9}");
    }
    println!();
}

/// Returns the bytes for each grant after filling, without the devices' own copies of their codes.
fn bytes<S, R>(count: usize, fill: impl FnOnce() -> (S, R)) -> usize {
    let before = live_bytes();
    let (service, told) = fill();
    drop(told);
    let bytes = (live_bytes() - before) / count;
    drop(service);
    bytes
}

fn authorize_ours() -> u64 {
    let mut ours = Ours::new(Device::Realistic);
    let mut requests: Vec<_> = (0..16).map(|_| ours.request()).collect();
    allocations(|| ours.authorize_as(requests.pop().expect("enough of them")))
}

fn poll_ours() -> u64 {
    let mut polls = Polls::new(100, Rhythm::InTime);
    let mut requests = polls.next(16).into_iter();
    allocations(|| {
        let (at, request) = requests.next().expect("enough of them");
        polls.clock().set(at);
        polls.ours.poll(request)
    })
}

fn authorize_peer() -> u64 {
    let peer = Peer::new(true);
    allocations(|| peer.authorize())
}

fn poll_peer() -> u64 {
    let (peer, told) = Peer::filled(true, 100);
    let mut requests: Vec<_> = told
        .iter()
        .map(|told| peer.request(&told.device_code))
        .collect();
    allocations(|| peer.poll(requests.pop().expect("enough of them")))
}
