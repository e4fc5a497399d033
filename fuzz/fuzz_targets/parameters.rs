//! The parameters of both requests, each line a name, `=` and a value: `authorization_details` in JSON above all.

#![no_main]

use std::sync::LazyLock;

use device_grant::store::MemoryStore;
use device_grant::{DeviceAuthorizationRequest, DeviceTokenRequest};
use device_grant_fuzz::{Standing, run, tv};
use libfuzzer_sys::fuzz_target;

static SERVER: LazyLock<Standing<MemoryStore>> =
    LazyLock::new(|| Standing::new(|clock| MemoryStore::new().with_clock(clock)));

fuzz_target!(|data: &str| {
    let pairs = data.lines().filter_map(|line| line.split_once('='));
    let pairs: Vec<(&str, &str)> = pairs.collect();
    if let Ok(request) = DeviceAuthorizationRequest::from_pairs(pairs.iter().copied()) {
        let _ = run(SERVER.begin().authorize(&tv(), request));
    }
    let _ = DeviceTokenRequest::from_pairs(pairs);
});
