//! The kit against a server that keeps the rules, and against one that breaks them.

mod careless;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use test_servers::example_server;

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
    assert!(failed.is_empty() && verdicts.len() == 29, "{failed:?}");
}

#[test]
fn a_careless_server_is_found_out() {
    let url = careless::start();
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
    let failed: Vec<&str> = verdicts
        .iter()
        .filter(|(_, verdict)| *verdict == "failed")
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(
        failed,
        [
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
            "codes_are_never_the_same",
            "codes_are_not_cached",
            "device_codes_cannot_be_guessed",
            "no_client_gets_none",
            "polls_during_the_approval_lose_nothing",
            "sixteen_polls_yield_one_set_of_tokens",
        ]
    );
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
