//! The parts that the benchmarks of `device-grant` share: the crate and a peer, filled with grants, under one clock.
//!
//! Everything here panics on the unexpected: a benchmark of an error would be fast and worthless.

pub mod allocator;
pub mod clock;
pub mod ours;
pub mod peer;
pub mod rhythm;
pub mod timing;

/// The numbers of pending grants during a measurement.
pub const SIZES: [usize; 2] = [1_000, 1_000_000];

/// The scope that the device asks for.
pub const SCOPE: &str = "openid profile offline_access";

/// The user agent of a television.
pub const USER_AGENT: &str = "Mozilla/5.0 (SMART-TV; Linux; Tizen 7.0) AppleWebKit/537.36 (KHTML, like Gecko) \
     SamsungBrowser/4.0 Chrome/94.0.4606.31 TV Safari/537.36";
