//! The number of lines that a host adds.

use std::fs;
use std::path::{Path, PathBuf};

/// Hosts that are whole servers, and the most lines of code that each may add, imports aside.
const HOSTS: [(&str, usize); 5] = [
    ("src/bin/actix_session", 50),
    ("src/bin/axum_login", 100),
    ("src/bin/oauth_as", 90),
    ("src/bin/oxide_auth", 75),
    ("../production", 140),
];

#[test]
fn a_whole_host_adopts_the_grant_in_few_lines() {
    for (host, most) in HOSTS {
        let text = fs::read_to_string(folder(host).join("with_device_grant.rs")).unwrap();
        let (_, code) = text
            .split_once("\npub(crate)")
            .expect("it begins with the layer");
        let lines = code.lines().map(str::trim);
        let count = lines
            .filter(|line| !line.is_empty() && !line.starts_with("//"))
            .count();
        assert!(count <= most, "{host}: {count} lines");
    }
}

#[test]
fn the_rest_of_the_host_knows_nothing_of_it() {
    let entries = HOSTS.map(|(host, _)| fs::read_dir(folder(host)).unwrap());
    for entry in entries.into_iter().flatten() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let is_theirs = path.ends_with("with_device_grant.rs");
        let is_told = text.contains("DeviceGrants") || text.contains("device_grant::host");
        assert_eq!(is_told, is_theirs, "{path:?}");
    }
}

fn folder(host: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(host)
}
