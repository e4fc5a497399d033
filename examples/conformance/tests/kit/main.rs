//! The kit against a server that keeps the rules, and against two that break each of them between them.

mod careless;
mod listener;
mod misremembered;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use test_servers::example_server;

/// The number of rules.
const RULES: usize = 29;

#[test]
fn the_example_server_keeps_every_rule() {
    let server = Example::start();
    let verdicts = judge(&[
        "--issuer",
        &server.url,
        "--client",
        // It gets links.
        "cli",
        "--other-client",
        "tv",
        "--decide",
        concat!(env!("CARGO_MANIFEST_DIR"), "/decide-by-forms"),
    ]);
    let failed: Vec<_> = verdicts
        .iter()
        .filter(|(_, verdict)| *verdict != "passed")
        .collect();
    assert!(failed.is_empty() && verdicts.len() == RULES, "{failed:?}");
}

#[test]
fn a_careless_server_is_found_out() {
    let found = found_at(&careless::start());
    assert_eq!(found, BROKEN_BY_CARELESSNESS);
}

#[test]
fn a_misremembered_flow_is_found_out() {
    let found = found_at(&misremembered::start());
    assert_eq!(found, BROKEN_FROM_MEMORY);
    // A rule that nobody breaks might be one that the kit cannot see broken.
    let broken: BTreeSet<_> = BROKEN_BY_CARELESSNESS
        .iter()
        .chain(BROKEN_FROM_MEMORY)
        .collect();
    assert_eq!(broken.len(), RULES);
}

const BROKEN_BY_CARELESSNESS: &[&str] = &[
    "a_denied_code_stays_denied",
    "a_device_code_is_used_once",
    "a_get_gets_none",
    "a_link_decides_nothing",
    "a_parameter_twice_is_refused",
    "an_approval_reaches_a_hasty_device",
    "an_approval_yields_tokens",
    "an_empty_code_is_a_missing_one",
    "an_unknown_client_gets_none",
    "an_unknown_grant_type_is_unsupported",
    "an_unknown_parameter_is_ignored",
    "another_client_gets_no_tokens",
    "another_client_learns_nothing",
    "answers_are_not_cached",
    "codes_are_never_the_same",
    "codes_are_not_cached",
    "device_codes_cannot_be_guessed",
    "no_client_gets_none",
    "polls_during_the_approval_lose_nothing",
    "sixteen_polls_yield_one_set_of_tokens",
];
const BROKEN_FROM_MEMORY: &[&str] = &[
    "a_denial_is_told",
    "a_denied_code_stays_denied",
    "a_device_that_keeps_its_interval_is_never_slowed",
    "a_fast_device_is_slowed_and_not_locked_out",
    "a_get_gets_none",
    "a_get_is_no_poll",
    "a_parameter_twice_is_refused",
    "a_poll_without_a_code_is_invalid",
    "a_wait_is_pending",
    "an_approval_yields_tokens",
    "an_empty_code_is_a_missing_one",
    "an_unknown_client_gets_none",
    "an_unknown_device_code_is_an_invalid_grant",
    "an_unknown_grant_type_is_unsupported",
    "another_client_gets_no_tokens",
    "another_client_learns_nothing",
    "answers_are_not_cached",
    "codes_are_given",
    "codes_are_never_the_same",
    "codes_are_not_cached",
    "no_client_gets_none",
    "user_codes_can_be_typed",
];

/// The rules that the kit finds broken or badly kept at this server.
fn found_at(url: &str) -> Vec<String> {
    let verdicts = judge(&[
        "--device-authorization",
        &format!("{url}/device"),
        "--token",
        &format!("{url}/token"),
        "--client",
        "tv",
        "--other-client",
        "cli",
        "--decide",
        &format!("curl --silent --fail --data code=$USER_CODE {url}/$DECISION"),
    ]);
    let is_found = |verdict: &str| verdict == "failed" || verdict == "advice";
    let found = verdicts
        .into_iter()
        .filter(|(_, verdict)| is_found(verdict));
    found.map(|(name, _)| name).collect()
}

/// Runs the kit, and returns its verdict on each check.
fn judge(arguments: &[&str]) -> BTreeMap<String, String> {
    let report = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{:x}.json", hash(arguments)));
    let output = Command::new(env!("CARGO_BIN_EXE_conformance"))
        .args(arguments)
        .args(["--jobs", "32", "--json"])
        .arg(&report)
        .output()
        .unwrap();
    let text = std::fs::read_to_string(&report);
    let text = text.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let report: Value = serde_json::from_str(&text).unwrap();
    let checks = report["checks"].as_array().unwrap();
    let verdicts: BTreeMap<_, _> = checks
        .iter()
        .map(|check| {
            let text = |name: &str| check[name].as_str().unwrap().to_owned();
            (text("name"), text("verdict"))
        })
        .collect();
    let broken = verdicts.values().any(|verdict| verdict == "failed");
    assert_eq!(output.status.success(), !broken);
    verdicts
}

fn hash(arguments: &[&str]) -> u64 {
    use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
    BuildHasherDefault::<DefaultHasher>::default().hash_one(arguments)
}

/// The example server of this repository, which ends when this is dropped.
struct Example {
    url: String,
    process: Child,
}

impl Example {
    fn start() -> Self {
        let mut process = Command::new(example_server())
            .args([
                "--listen",
                "127.0.0.1:0",
                "--threads",
                "1",
                "--interval",
                "1",
            ])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let output = process.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        let url = line
            .trim()
            .strip_prefix("listening on ")
            .unwrap()
            .to_owned();
        Self { url, process }
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}
