//! What no file of this repository holds. The needles are put together from parts, so that this file passes.

use crate::repository::{self, TextFile};
use crate::source;

const LONGEST_SOURCE: usize = 600;

/// Layers that are functions of their arguments alone.
const PURE: &[&str] = &[
    "src/code/",
    "src/grant/",
    "src/message/",
    "src/poller/",
    "src/text.rs",
];

/// Names that say nothing of what is inside.
const EMPTY_NAMES: &[&str] = &[
    "core", "common", "util", "utils", "helper", "helpers", "misc", "types",
];

#[test]
fn nothing_is_left_undone_or_ignored() {
    let needles = [
        concat!("to", "do!("),
        concat!("unimple", "mented!("),
        concat!("#[ig", "nore"),
        concat!("```ig", "nore"),
        concat!("```rust,ig", "nore"),
    ];
    refuse(&rust_files(), &needles);
}

#[test]
fn a_lint_is_expected_with_a_reason_and_never_allowed() {
    refuse(
        &rust_files(),
        &[
            concat!("#[all", "ow("),
            concat!("#![all", "ow("),
            concat!("#![de", "ny("),
        ],
    );
}

#[test]
fn no_source_is_too_long() {
    for file in repository::sources() {
        let lines = file.text.lines().count();
        assert!(
            lines <= LONGEST_SOURCE,
            "{} has {lines} lines, and {LONGEST_SOURCE} is the limit",
            file.path
        );
    }
}

#[test]
fn no_path_of_a_machine_is_written_down() {
    let needles = [
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
        concat!("/Us", "ers/"),
        concat!("/tm", "p/h/"),
        concat!("../sha", "red"),
    ];
    refuse(&repository::files_below(""), &needles);
}

#[test]
fn no_host_of_a_package_registry_is_named() {
    let needles = [
        concat!("crates", ".io"),
        concat!("py", "pi.org"),
        concat!("pythonhosted", ".org"),
        concat!("npm", "js.org"),
        concat!("npm", "js.com"),
        concat!("deb.", "debian.org"),
        concat!("security.", "debian.org"),
    ];
    let mut files = repository::files_below("");
    // Written by cargo, which names its registry in it.
    files.retain(|file| !file.path.ends_with("Cargo.lock"));
    refuse(&files, &needles);
}

#[test]
fn every_name_says_what_is_inside() {
    for file in rust_files() {
        let mut names = file.folders();
        names.push(file.stem());
        let empty = names.into_iter().find(|name| EMPTY_NAMES.contains(name));
        assert_eq!(empty, None, "{}: name it after what it holds", file.path);
    }
}

#[test]
fn every_link_between_documents_leads_to_a_file() {
    let mut dead = Vec::new();
    for document in repository::files_below("")
        .iter()
        .filter(|file| file.path.ends_with(".md"))
    {
        let folder = repository::root().join(document.folders().join("/"));
        let targets = links(&document.text)
            .into_iter()
            .filter(|target| !folder.join(target).exists());
        dead.extend(targets.map(|target| format!("{}: {target}", document.path)));
    }
    assert!(dead.is_empty(), "\n{}\n", dead.join("\n"));
}

#[test]
fn links_to_elsewhere_and_to_headings_are_not_files() {
    let text = "[a](A.md), [b](docs/b.md#part) [c](https://example.com/c.md) [d](#d) `[e](e.md`";
    assert_eq!(links(text), ["A.md", "docs/b.md"]);
}

#[test]
fn the_pure_layers_are_functions_of_their_arguments() {
    let pure =
        |file: &TextFile| PURE.iter().any(|layer| file.path.starts_with(layer)) && !file.is_test();
    let wrong: Vec<String> = repository::sources()
        .iter()
        .filter(|file| pure(file))
        .flat_map(impurities)
        .collect();
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn the_check_for_purity_finds_each_impurity() {
    let found = |text: &str| {
        impurities(&TextFile {
            path: "src/grant/mod.rs".to_owned(),
            text: text.to_owned(),
        })
    };
    assert_eq!(found("\nasync fn poll() {}"), ["src/grant/mod.rs:2: async"]);
    assert_eq!(
        found("fn f() { SystemTime::now() }"),
        ["src/grant/mod.rs:1: SystemTime::now"]
    );
    assert_eq!(
        found("#[cfg(feature = \"x\")] fn f() {}"),
        ["src/grant/mod.rs:1: cfg(feature"]
    );
    assert_eq!(
        found("#[cfg(all(unix, feature = \"x\"))] fn f() {}").len(),
        1
    );
    assert_eq!(found("fn f() { if cfg!(feature = \"x\") {} }").len(), 1);
    assert_eq!(found("fn f() { std::fs::read(\"x\"); }").len(), 1);
    assert!(
        found("/// async, SystemTime::now\nfn f() {}\n#[cfg(test)]\nmod tests { async fn f() {} }")
            .is_empty()
    );
}

/// What a pure layer must not have, as `path:line: what`.
fn impurities(file: &TextFile) -> Vec<String> {
    let words = source::flat(source::without_tests(source::tokens(&file.text)));
    let mut in_cfg = false;
    let mut found = Vec::new();
    for (at, (word, line)) in words.iter().enumerate() {
        let call = words[at..]
            .iter()
            .take(4)
            .map(|(word, _)| word.as_str())
            .collect::<String>();
        in_cfg = match word.as_str() {
            "cfg" | "cfg_attr" => true,
            "]" | "{" | ";" => false,
            _ => in_cfg,
        };
        let what = match word.as_str() {
            "async" | "await" => word,
            "SystemTime" | "Instant" | "OffsetDateTime" if call.contains("::now") => &call,
            "feature" if in_cfg => "cfg(feature",
            "std" if ["std::fs", "std::env"].contains(&call.as_str()) => &call,
            // Addresses are plain values; sockets are not.
            "TcpStream" | "TcpListener" | "UdpSocket" | "ToSocketAddrs" => word,
            _ => continue,
        };
        found.push(format!("{}:{line}: {what}", file.path));
    }
    found
}

/// The relative targets of the links in a Markdown text, without their fragments.
fn links(text: &str) -> Vec<&str> {
    let targets = text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target);
    let relative =
        targets.filter(|target| !target.contains("://") && !target.starts_with("mailto:"));
    relative
        .filter_map(|target| target.split('#').next())
        .filter(|path| !path.is_empty())
        .collect()
}

fn rust_files() -> Vec<TextFile> {
    let folders = ["src", "tests", "examples", "benches", "fuzz"];
    folders
        .into_iter()
        .flat_map(repository::files_below)
        .filter(TextFile::is_rust)
        .collect()
}

fn refuse(files: &[TextFile], needles: &[&str]) {
    let found: Vec<String> = needles
        .iter()
        .flat_map(|needle| {
            files
                .iter()
                .flat_map(move |file| file.lines_with(needle))
                .map(move |at| format!("{at}: {needle}"))
        })
        .collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}
