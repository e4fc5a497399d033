//! The address of a client behind nginx, whatever the client claims.

use std::net::Ipv4Addr;

use super::device::SCOPE;
use crate::client::{encode, post};
use crate::database::Database;
use crate::nginx::Nginx;
use crate::person::Person;
use crate::raw::exchange_from;

const ORIGIN: &str = "https://id.example";
const CLIENT: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 77);
const FORGED: &str = "203.0.113.9";

#[test]
fn behind_one_proxy_a_forged_address_is_not_believed() {
    behind(
        "1",
        Nginx::one,
        &[FORGED, "198.51.100.1, 203.0.113.9", "nonsense"],
    );
}

#[test]
fn behind_two_proxies_a_forged_address_is_not_believed() {
    // Not even one of a proxy that is trusted.
    behind(
        "2",
        Nginx::two,
        &[FORGED, "203.0.113.9, 127.0.0.9", "nonsense"],
    );
}

/// Asks for codes from an address, with headers that claim others, and looks at which the review shows.
fn behind(proxies: &str, nginx: fn(&str) -> Nginx, forgeries: &[&str]) {
    let database = Database::new();
    let server = database.node_with(&["--proxies", proxies, "--public-url", ORIGIN]);
    let nginx = nginx(&server.url);
    let mut alice = Person::behind(&nginx.url, ORIGIN);
    alice.sign_in("alice", "alice");
    for forged in forgeries {
        let body = encode(&[("client_id", "tv"), ("scope", SCOPE)]);
        let request = format!(
            "POST /device_authorization HTTP/1.1\r\nhost: id.example\r\nconnection: close\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\
             x-forwarded-for: {forged}\r\nx-real-ip: {FORGED}\r\nforwarded: for={FORGED}\r\n\r\n{body}",
            body.len()
        );
        let answer = exchange_from(CLIENT, &nginx.url, request.as_bytes());
        let user_code = answer.split_once("\"user_code\":\"").expect(&answer).1;
        let user_code = user_code.split_once('"').unwrap().0;
        let review = alice.review(user_code);
        assert!(review.body().contains("127.0.0.77"), "{}", review.body());
        assert!(!review.body().contains(FORGED), "{}", review.body());
    }
    // Around the proxies, nobody gets codes.
    let direct = post(
        &format!("{}/device_authorization", server.url),
        &[("client_id", "tv")],
    );
    assert_eq!(direct.status(), 500);
}
