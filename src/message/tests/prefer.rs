//! The header by which a device says that it would rather wait.

use std::time::Duration;

use super::super::prefer::wait;

#[track_caller]
fn check(values: &[&str], seconds: impl Into<Option<u64>>) {
    let expected = seconds.into().map(Duration::from_secs);
    assert_eq!(wait(values.iter().copied()), expected, "{values:?}");
}

#[test]
fn seconds_are_a_token_or_a_quoted_string() {
    check(&["wait=30"], 30);
    check(&["wait=\"30\""], 30);
    check(&["WAIT = 30 "], 30);
    check(&["\twait\t=\t30"], 30);
    check(&["wait=007"], 7);
}

#[test]
fn it_is_found_among_other_preferences() {
    check(&["respond-async, wait=10"], 10);
    check(&["respond-async", "wait=10"], 10);
    check(&["wait=10; foo=\"a;b\", handling=lenient"], 10);
    check(&["foo; wait=10"], None);
    check(&["foo=\"wait=1, wait=2\", wait=3"], 3);
    check(&[r#"foo="a\", wait=1, ", wait=3"#], 3);
    check(&[r"foo=\, wait=3"], 3);
    check(&[",, ,wait=3"], 3);
}

#[test]
fn the_first_one_counts() {
    check(&["wait=10, wait=20"], 10);
    check(&["wait=10", "wait=20"], 10);
    check(&["wait=-1, wait=20"], None);
}

#[test]
fn what_is_no_number_of_seconds_is_none() {
    for value in [
        "",
        "wait",
        "wait=",
        "wait=\"\"",
        "wait=0",
        "wait=-5",
        "wait=+5",
        "wait=5.5",
        "wait=5s",
        "wait=0x5",
        "wait=\"5",
        "wait=5\"",
        "wait=\"\"5\"\"",
        "wait=5 6",
        "wait==5",
        "waits=5",
        "wait:5",
        "wait=\u{665}",
        "\"wait\"=5",
    ] {
        check(&[value], None);
    }
}

#[test]
fn more_than_a_number_holds_is_the_most() {
    check(&["wait=18446744073709551615"], u64::MAX);
    check(&["wait=99999999999999999999999999"], u64::MAX);
}

#[test]
fn a_value_is_read_up_to_a_kibibyte() {
    let padding = " ".repeat(1024 - "wait=5".len());
    check(&[&format!("wait=5{padding}")], 5);
    check(&[&format!("wait=5{padding} ")], None);
}
