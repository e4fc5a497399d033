use super::{answer, poller, seconds, start};
use crate::{
    host::DeviceTokenRequest,
    message::{Scope, TokenResponse},
    poller::{Progress, Step},
};

fn tokens(body: &str) -> TokenResponse {
    let now = start();
    let mut poller = poller(now);
    let Progress::Tokens(tokens) = poller.answered(&answer((200, body)), now) else {
        panic!("no tokens: {body}");
    };
    assert_eq!(poller.next(now), Step::Stopped);
    tokens
}

#[test]
fn every_member_is_read() {
    let read = tokens(
        r#"{"access_token":"2Yotn","token_type":"Bearer","expires_in":3600,"refresh_token":"tGzv3",
        "scope":"openid profile","id_token":"eyJ0","session":{"id":7}}"#,
    );
    assert_eq!(
        (&*read.access_token, &*read.token_type),
        ("2Yotn", "Bearer")
    );
    assert_eq!(read.expires_in, Some(seconds(3600)));
    assert_eq!(read.refresh_token.as_deref(), Some("tGzv3"));
    assert_eq!(read.extra("id_token").unwrap(), "eyJ0");
    assert_eq!(
        read.scope.as_ref().map(Scope::as_str),
        Some("openid profile")
    );
    assert_eq!(read.extra("session").unwrap()["id"], 7);
    assert_eq!(read.extra("access_token"), None);
}

#[test]
fn only_the_access_token_is_required() {
    let read = tokens(r#"{"access_token":"2Yotn"}"#);
    assert_eq!((&*read.token_type, read.expires_in), ("Bearer", None));
    assert_eq!((&read.refresh_token, &read.scope), (&None, &None));
    assert_eq!(read.extra("id_token"), None);
}

#[test]
fn a_scope_may_be_separated_by_commas() {
    let read = tokens(r#"{"access_token":"2Yotn","scope":"repo,gist, user"}"#);
    assert_eq!(
        read.scope.as_ref().map(Scope::as_str),
        Some("repo gist user")
    );
}

#[test]
fn odd_members_are_taken_as_absent() {
    let read = tokens(
        r#"{"access_token":"2Yotn","error":null,"expires_in":"3600",
        "refresh_token":"","scope":"\u00e4"}"#,
    );
    assert_eq!(read.expires_in, Some(seconds(3600)));
    assert_eq!((&read.refresh_token, &read.scope), (&None, &None));
}

#[test]
fn debug_shows_no_token() {
    let body = r#"{"access_token":"2Yotn","refresh_token":"tGzv3","id_token":"eyJ0","x":"s3cr3t"}"#;
    let shown = format!("{:?}", Progress::Tokens(tokens(body)));
    for secret in ["2Yotn", "tGzv3", "eyJ0", "s3cr3t"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn the_request_is_what_the_server_reads() {
    let poller = poller(start());
    let request = DeviceTokenRequest::from_pairs(poller.request()).unwrap();
    assert_eq!(request.device_code(), "GmRhmhcx/&");
    assert_eq!(
        poller.form(&[("client_id", "my tv"), ("code_verifier", "a~b")]),
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code\
         &device_code=GmRhmhcx%2F%26&client_id=my%20tv&code_verifier=a~b"
    );
}
