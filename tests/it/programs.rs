//! The scripts install every program that a test starts, so that the tests run on a machine that has none of them.

use crate::repository;

/// Rust's own, and what every Debian has; `sudo` is only for those who are not root.
const EVERYWHERE: [&str; 4] = ["cargo", "setpriv", "sh", "sudo"];

#[test]
fn the_scripts_install_every_program_that_a_test_starts() {
    let installed = installed();
    let mut looked_at = 0;
    for folder in ["tests", "examples"] {
        for file in repository::files_below(folder) {
            for started in file.text.split("Command::new(\"").skip(1) {
                let (path, _) = started.split_once('"').unwrap();
                let program = path.rsplit('/').next().unwrap();
                let is_there = EVERYWHERE.contains(&program)
                    || installed.iter().any(|installed| installed == program);
                assert!(is_there, "{}: {program}", file.path);
                looked_at += 1;
            }
        }
    }
    assert!(looked_at > 15, "{looked_at}");
}

/// The first word of each entry of the scripts' lists.
fn installed() -> Vec<String> {
    let scripts = ["scripts/test", "scripts/test-long"].map(|path| repository::file(path).text);
    let lists = scripts.iter().flat_map(|script| {
        ["\nneeded=(\n", "\nwanted=(\n"].map(|begin| match script.split_once(begin) {
            Some((_, list)) => list.split("\n)").next().unwrap_or_default(),
            None => "",
        })
    });
    let programs = lists.flat_map(|list| list.split('"').skip(1).step_by(2));
    programs
        .filter_map(|entry| Some(entry.split_once(' ')?.0.to_owned()))
        .collect()
}
