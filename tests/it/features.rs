//! The README has the features and the minimal Rust of `Cargo.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::repository;

/// The columns that each row of the table has at the least: the name and what the feature adds.
const COLUMNS: usize = 2;

#[test]
fn the_readme_names_each_feature_and_no_other() {
    let listed: BTreeSet<String> = described(&repository::file("README.md").text, "## Features")
        .into_keys()
        .collect();
    assert_eq!(
        listed,
        declared(),
        "the table under `## Features` of README.md and [features] of Cargo.toml differ"
    );
}

#[test]
fn the_crate_documentation_names_each_feature_and_no_other() {
    let text = repository::file("src/lib.rs").text;
    let docs: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("//!"))
        .map(str::trim_start)
        .collect();
    let listed: BTreeSet<String> = described(&docs.join("\n"), "# Features")
        .into_keys()
        .collect();
    assert_eq!(
        listed,
        declared(),
        "the table under `# Features` of src/lib.rs and [features] of Cargo.toml differ"
    );
}

#[test]
fn the_readme_describes_each_feature() {
    for (name, what) in described(&repository::file("README.md").text, "## Features") {
        assert!(
            !what.is_empty(),
            "README.md does not say what the feature `{name}` adds"
        );
    }
}

#[test]
fn the_readme_names_the_minimal_rust() {
    let package = package();
    let version = package["rust_version"].as_str().unwrap();
    let says_so = repository::file("README.md")
        .text
        .contains(&format!("Rust {version}"));
    assert!(says_so, "README.md does not say \"Rust {version}\"");
}

#[test]
fn an_optional_dependency_is_not_a_feature_of_its_own() {
    let package = package();
    let asked_for = package["features"].to_string();
    for dependency in package["dependencies"].as_array().unwrap() {
        let name = dependency["rename"]
            .as_str()
            .or(dependency["name"].as_str())
            .unwrap();
        let is_named = asked_for.contains(&format!("\"dep:{name}\""));
        assert!(
            dependency["optional"] == false || is_named,
            "no feature asks for `dep:{name}`"
        );
    }
}

#[test]
fn only_memory_is_on_by_default() {
    assert_eq!(
        package()["features"]["default"],
        serde_json::json!(["memory"])
    );
}

#[test]
fn the_table_ends_with_its_section() {
    let text = "## Features\n\n| feature | adds |\n|---|:--|\n| `one`, `uno` | a thing |\n| `two` | |\n\n## Other\n| `three` | x |\n";
    let expected = [("one", "a thing"), ("uno", "a thing"), ("two", "")];
    assert_eq!(
        described(text, "## Features"),
        expected
            .map(|(name, what)| (name.to_owned(), what.to_owned()))
            .into()
    );
}

/// Returns `Cargo.toml` as cargo reads it.
fn package() -> Value {
    let mut cargo = Command::new(env!("CARGO"));
    let output = cargo
        .current_dir(repository::root())
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .output();
    let mut metadata: Value = serde_json::from_slice(&output.unwrap().stdout).unwrap();
    let packages = metadata["packages"].as_array_mut().unwrap().iter_mut();
    let mut own = packages.filter(|package| package["name"] == env!("CARGO_PKG_NAME"));
    own.next().unwrap().take()
}

fn declared() -> BTreeSet<String> {
    let package = package();
    let features = package["features"].as_object().unwrap();
    features
        .keys()
        .filter(|name| *name != "default")
        .cloned()
        .collect()
}

/// The rows under a heading: the names in backticks, and the next column for each.
fn described(text: &str, heading: &str) -> BTreeMap<String, String> {
    let section = text.lines().skip_while(|line| *line != heading).skip(1);
    let next = heading.trim_end_matches(|c| c != ' ');
    let rows = section
        .take_while(|line| !line.starts_with(next))
        .filter(|line| line.starts_with('|'));
    rows.filter_map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let names = cells.first()?.strip_prefix('`')?.strip_suffix('`')?;
        assert!(cells.len() >= COLUMNS, "too few columns: {row}");
        let what = cells[1].to_owned();
        let names = names.split("`, `");
        Some(names.map(move |name| (name.to_owned(), what.clone())))
    })
    .flatten()
    .collect()
}
