//! The README shows what the repository has.

use crate::repository;

#[test]
fn the_readme_shows_the_axum_example_as_it_is() {
    let readme = repository::file("README.md").text;
    for name in ["with_device_grant", "sign_token", "signed_in"] {
        let shown = function(name);
        assert!(
            readme.contains(&shown),
            "README.md does not show `{name}` of examples/axum.rs as it is:\n{shown}"
        );
    }
}

#[test]
fn each_threat_is_held_by_a_test_that_exists() {
    let guide = repository::file("src/guide/threat_model.md").text;
    let rows = guide.lines().filter(|line| line.contains(".rs`: `"));
    let mut held = 0;
    for row in rows {
        let cell = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        let (path, name) = cell.trim_matches('`').split_once("`: `").unwrap();
        let text = repository::file(path).text;
        let is_there = ["(", "<"]
            .iter()
            .any(|end| text.contains(&format!("fn {name}{end}")));
        assert!(is_there, "{row}");
        held += 1;
    }
    assert!(held > 40, "{held}");
}

/// The function of examples/axum.rs with this name.
fn function(name: &str) -> String {
    let example = repository::file("examples/axum.rs").text;
    let from = example.split_once(&format!("\nfn {name}("));
    let body = from.and_then(|(_, from)| from.split_once("\n}\n"));
    let (body, _) = body.unwrap_or_default();
    assert!(!body.is_empty(), "examples/axum.rs has no `{name}`");
    format!("fn {name}({body}\n}}\n")
}
