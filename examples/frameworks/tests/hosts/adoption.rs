//! How much a host adds.

use std::fs;
use std::path::Path;

/// Lines of code, imports aside.
const MOST: usize = 60;

#[test]
fn a_whole_host_adopts_the_grant_in_sixty_lines() {
    let text = fs::read_to_string(folder().join("with_device_grant.rs")).unwrap();
    let code = text
        .split_once("pub(crate) async fn layer")
        .expect("it begins with the layer")
        .1;
    let lines = code.lines().map(str::trim);
    let count = lines
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .count();
    assert!(count <= MOST, "{count} lines");
}

#[test]
fn the_rest_of_the_host_knows_nothing_of_it() {
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let is_theirs = path.ends_with("with_device_grant.rs");
        assert_eq!(
            text.contains("device_grant::{") || text.contains("use device_grant"),
            is_theirs,
            "{path:?}"
        );
    }
}

fn folder() -> &'static Path {
    Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src/bin/axum_postgres"
    ))
}
