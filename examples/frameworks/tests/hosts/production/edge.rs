//! Tests that hold at the edge of every host.

use crate::client::post;
use crate::database::Database;
use crate::frameworks;
use crate::raw::{exchange, head};
use crate::server::Server;

fn start(options: &[&str]) -> Server {
    Database::new().node_with(options)
}

#[test]
fn the_hosts_own_answers_are_its_own() {
    let database = Database::new();
    let server = database.node();
    let token = format!("{}/token", server.url);
    for (form, status, error) in [
        (
            &[("grant_type", "password"), ("client_id", "tv")][..],
            400,
            "unsupported_grant_type",
        ),
        (
            &[("grant_type", "refresh_token"), ("client_id", "tv")],
            400,
            "invalid_request",
        ),
        (
            &[("grant_type", "refresh_token"), ("client_id", "box")],
            400,
            "invalid_client",
        ),
        (&[], 400, "invalid_request"),
    ] {
        let answer = post(&token, form);
        assert_eq!(answer.status(), status, "{form:?}");
        assert_eq!(answer.json()["error"], error, "{form:?}");
    }
}

#[test]
fn what_nobody_answers_is_the_hosts_not_found() {
    frameworks::what_nobody_answers_is_the_hosts_not_found(start);
}

#[test]
fn another_method_is_refused() {
    frameworks::another_method_is_refused(start);
}

#[test]
fn a_body_over_the_limit_is_refused() {
    frameworks::a_body_over_the_limit_is_refused(start);
}

#[test]
fn a_slow_head_is_cut_off() {
    let server = start(&[]);
    let answer = exchange(&server.url, b"POST /token HTTP/1.1\r\nhost: loc");
    assert!(!answer.starts_with("HTTP/1.1 2"), "{answer:?}");
}

#[test]
fn a_slow_body_is_cut_off() {
    let server = start(&[]);
    let begun = format!("{}client_id=", head("/token", "content-length: 30"));
    let answer = exchange(&server.url, begun.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer:?}");
}
