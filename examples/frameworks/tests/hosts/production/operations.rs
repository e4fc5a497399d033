//! The probes, metrics and ends that an operator counts on.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::Duration;

use super::device::{Device, approve, refresh, text, user_info};
use crate::client::get;
use crate::database::Database;
use crate::jwt;
use crate::person::Person;
use crate::raw::{head, read_answer};

/// The number of looks at something that takes a while, and the pause between them.
const LOOKS: usize = 400;
const PAUSE: Duration = Duration::from_millis(50);

#[test]
fn metrics_are_at_an_address_of_their_own() {
    let database = Database::new();
    let mut server = database.node_with(&["--metrics", "127.0.0.1:0"]);
    let metrics = server.says("metrics on ");
    Device::start(&server);
    let counted = get(&metrics);
    assert!(
        counted.body().contains("device_grant_"),
        "{}",
        counted.body()
    );
    assert_eq!(get(&format!("{}/metrics", server.url)).status(), 404);
}

#[test]
fn a_node_that_lost_its_tables_is_not_ready() {
    let database = Database::new();
    let server = database.node();
    let ready = format!("{}/readyz", server.url);
    assert_eq!(get(&ready).status(), 200);
    database.run("DROP TABLE device_grants");
    let is_out = || {
        sleep(PAUSE);
        get(&ready).status() == 503
    };
    assert!(
        std::iter::repeat_with(is_out)
            .take(LOOKS)
            .any(|is_out| is_out)
    );
}

#[test]
fn what_has_begun_is_answered_before_the_end() {
    let database = Database::new();
    let mut server = database.node();
    let address = server.url.trim_start_matches("http://").to_owned();
    let mut connection = TcpStream::connect(&address).unwrap();
    let framing = "content-length: 12\r\nexpect: 100-continue";
    let begun = head("/device_authorization", framing);
    connection.write_all(begun.as_bytes()).unwrap();
    // The server says that it has begun, and that it waits for the body.
    let mut go_on = [0; b"HTTP/1.1 100 Continue\r\n\r\n".len()];
    connection.read_exact(&mut go_on).unwrap();
    connection.write_all(b"client_id=").unwrap();
    server.terminate();
    let is_closed = || {
        sleep(PAUSE);
        TcpStream::connect(&address).is_err()
    };
    let mut looks = std::iter::repeat_with(is_closed).take(LOOKS);
    assert!(looks.any(|is_closed| is_closed), "it goes on accepting");
    connection.write_all(b"tv").unwrap();
    let answer = read_answer(connection);
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(server.ends_well());
}

#[test]
fn a_device_is_listed_and_signed_out_with_all_of_its_tokens() {
    let database = Database::new();
    let server = database.node();
    let first = Device::sign_in(&server);
    let second = refresh(&server, text(&first, "refresh_token")).json();
    let mut alice = Person::at(&server.url);
    alice.sign_in("alice", "alice");
    let page = alice.open("/activate/devices");
    assert!(page.body().contains("Example TV"), "{}", page.body());
    let (_, grant) = page.body().split_once("name=\"grant\" value=\"").unwrap();
    let grant = grant.split_once('"').unwrap().0.to_owned();
    let form = [("grant", grant.as_str()), ("decision", "sign_out")];
    assert_eq!(alice.submit("/activate/devices", &form).status(), 303);
    assert_eq!(user_info(&server, &first).status(), 401);
    assert_eq!(user_info(&server, &second).status(), 401);
    let after = refresh(&server, text(&second, "refresh_token"));
    assert_eq!(after.json()["error"], "invalid_grant");
    let page = alice.open("/activate/devices");
    assert!(!page.body().contains("Example TV"), "{}", page.body());
}

#[test]
fn the_nonce_of_a_device_is_in_its_first_id_token() {
    let database = Database::new();
    let server = database.node();
    let device = Device::start_with(&server, &[("nonce", "n-0S6_WzA2Mj")]);
    approve(&server, &device);
    let tokens = device.poll(&server).json();
    let keys = get(&format!("{}/jwks.json", server.url)).json();
    let (_, claims) = jwt::verified(text(&tokens, "id_token"), &keys);
    assert_eq!(claims["nonce"], "n-0S6_WzA2Mj");
}
