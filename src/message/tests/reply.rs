use std::collections::BTreeMap;

use serde_json::json;

use super::header;
use crate::message::Reply;

#[test]
fn every_reply_forbids_caching() {
    for status in [200, 400, 401, 503] {
        let reply = Reply::json(status, &json!({}));
        assert_eq!(header(&reply, "Content-Type"), Some("application/json"));
        assert_eq!(header(&reply, "Cache-Control"), Some("no-store"));
        assert_eq!(header(&reply, "Pragma"), Some("no-cache"));
        assert_eq!((reply.status, &*reply.body), (status, &b"{}"[..]));
    }
}

#[test]
fn what_is_not_json_becomes_a_server_error() {
    let not_json = BTreeMap::from([((1, 2), "a map whose keys are no strings")]);
    let reply = Reply::json(200, &not_json);
    assert_eq!(
        (reply.status, &*reply.body),
        (500, &br#"{"error":"server_error"}"#[..])
    );
}

#[test]
fn a_long_body_arrives_whole() {
    let long = "x".repeat(100_000);
    let (_, _, body) = Reply::json(200, &[&long, &long]).into_parts();
    assert_eq!(body, serde_json::to_vec(&[&long, &long]).unwrap());
}

#[test]
fn debug_hides_the_body() {
    let reply = Reply::json(200, &json!({ "access_token": "2YotnFZFEjr1zCsicMWpAA" }));
    let shown = format!("{reply:?}");
    assert!(
        shown.contains("200") && shown.contains("[41 bytes]"),
        "{shown}"
    );
    assert!(!shown.contains("2Yotn"));
}

#[test]
fn a_header_cannot_split_the_response() {
    let reply = Reply::json(200, &()).header("X-Note", "a\r\nb\0é");
    assert_eq!(header(&reply, "X-Note"), Some("a??b??"));
}
