//! Tests that hold in every framework.

use crate::client::{GRANT_TYPE, get, post, send};
use crate::person::Person;
use crate::raw::{exchange, head};
use crate::server::Server;

/// The most that the endpoints read of a body.
const BODY_LIMIT: usize = 64 * 1024;

macro_rules! in_each {
    ([$($framework:ident)*] $behaviours:tt) => { $(
        in_one! { $framework $behaviours }
    )* };
}

macro_rules! in_one {
    ($framework:ident { $($behaviour:ident)* }) => {
        mod $framework {
            use crate::server::Server;

            fn start(options: &[&str]) -> Server {
                let program = env!(concat!("CARGO_BIN_EXE_", stringify!($framework)));
                Server::start(program, options, &[])
            }

            $(
                #[test]
                fn $behaviour() {
                    super::$behaviour(start);
                }
            )*
        }
    };
}

in_each! {
    [actix_web hyper tower warp]
    {
        a_device_gets_its_tokens
        a_denied_device_gets_none
        the_hosts_own_answers_are_its_own
        what_nobody_answers_is_the_hosts_not_found
        another_method_is_refused
        a_body_over_the_limit_is_refused
        a_slow_head_is_cut_off
        a_slow_body_is_cut_off
        a_slow_body_holds_up_nobody_else
    }
}

fn a_device_gets_its_tokens(start: fn(&[&str]) -> Server) {
    let server = start(&[]);
    let device = Device::start(&server);
    assert_eq!(device.poll().1, "authorization_pending");

    let mut alice = Person::at(&server.url);
    let page = alice.open("/activate");
    assert_eq!(
        (page.status(), page.header("location")),
        (303, Some("/login"))
    );
    alice.sign_in("alice", "alice");
    assert_eq!(alice.open("/activate").status(), 200);
    let review = alice.review(&device.user_code);
    assert!(review.body().contains("Example TV"), "{}", review.body());
    assert!(
        review.body().contains("127.0.0.1"),
        "the host tells the address"
    );
    assert_eq!(alice.decide(&review, "approve").status(), 200);

    let tokens = post(&device.token_endpoint, &device.form());
    assert_eq!(tokens.status(), 200, "{}", tokens.body());
    assert_eq!(tokens.json()["access_token"], "a-token-of-alice");
    assert_eq!(tokens.header("cache-control"), Some("no-store"));
    assert_eq!(device.poll(), (400, "invalid_grant".to_owned()));
}

fn a_denied_device_gets_none(start: fn(&[&str]) -> Server) {
    let server = start(&[]);
    let device = Device::start(&server);
    let mut bob = Person::at(&server.url);
    bob.sign_in("bob", "bob");
    let review = bob.review(&device.user_code);
    // Somebody else has neither the session nor the ticket.
    let mut mallory = Person::at(&server.url);
    mallory.sign_in("mallory", "mallory");
    assert_ne!(mallory.decide(&review, "approve").status(), 200);
    assert_eq!(bob.decide(&review, "deny").status(), 200);
    assert_eq!(device.poll(), (400, "access_denied".to_owned()));
}

fn the_hosts_own_answers_are_its_own(start: fn(&[&str]) -> Server) {
    let server = start(&[]);
    let token = format!("{}/token", server.url);
    let long = "x".repeat(20_000);
    for refresh_token in ["a+b c%", "", "\u{fc}", &long] {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
        ];
        let answer = post(&token, &form);
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let body = format!(r#"{{"access_token":"for {refresh_token}","token_type":"Bearer"}}"#);
        assert_eq!(answer.body(), body);
    }
    for form in [&[][..], &[("grant_type", "password"), ("client_id", "tv")]] {
        let answer = post(&token, form);
        assert_eq!(answer.status(), 400);
        assert_eq!(answer.body(), r#"{"error":"unsupported_grant_type"}"#);
    }
    assert_eq!(get(&format!("{}/login", server.url)).status(), 200);
}

pub(crate) fn what_nobody_answers_is_the_hosts_not_found(start: fn(&[&str]) -> Server) {
    let server = start(&[]);
    assert_eq!(get(&format!("{}/nowhere", server.url)).status(), 404);
    let below = format!("{}/activate/nowhere", server.url);
    assert_eq!(get(&below).status(), 404);
}

pub(crate) fn another_method_is_refused(start: fn(&[&str]) -> Server) {
    let server = start(&[]);
    let endpoint = format!("{}/device_authorization", server.url);
    for method in ["GET", "PUT", "DELETE"] {
        let answer = send(method, &endpoint, &[], "");
        assert_eq!(
            (answer.status(), answer.header("allow")),
            (405, Some("POST"))
        );
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.json()["error"], "invalid_request");
    }
    let page = send("DELETE", &format!("{}/activate", server.url), &[], "");
    assert_eq!(
        (page.status(), page.header("allow")),
        (405, Some("GET, HEAD, POST"))
    );
    assert_eq!(page.header("cache-control"), Some("no-store"));
    // The token endpoint is the host's, but for posts.
    assert_eq!(get(&format!("{}/token", server.url)).header("pragma"), None);
}

pub(crate) fn a_body_over_the_limit_is_refused(start: fn(&[&str]) -> Server) {
    let server = start(&[]);
    let body = "a".repeat(BODY_LIMIT + 1);
    for path in ["/device_authorization", "/token", "/activate"] {
        let announced = head(path, &format!("content-length: {}", body.len()));
        assert_too_large(&exchange(
            &server.url,
            format!("{announced}{body}").as_bytes(),
        ));
        // Refused before it is there.
        let endless = head(path, "content-length: 999999999999");
        assert_too_large(&exchange(&server.url, endless.as_bytes()));
        let unannounced = head(path, "transfer-encoding: chunked");
        let chunk = format!("{unannounced}{:x}\r\n{body}\r\n", body.len());
        assert_too_large(&exchange(&server.url, chunk.as_bytes()));
    }
}

#[track_caller]
fn assert_too_large(answer: &str) {
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer:?}");
    assert!(
        answer.to_lowercase().contains("cache-control: no-store"),
        "{answer:?}"
    );
    assert!(answer.contains("the body is too large"), "{answer:?}");
}

fn a_slow_head_is_cut_off(start: fn(&[&str]) -> Server) {
    let server = start(&["--head-deadline", "0.3"]);
    for begun in ["P", "POST /token HTTP/1.1\r\nhost: loc"] {
        let answer = exchange(&server.url, begun.as_bytes());
        assert!(!answer.starts_with("HTTP/1.1 2"), "{answer:?}");
    }
}

fn a_slow_body_is_cut_off(start: fn(&[&str]) -> Server) {
    let server = start(&["--body-deadline", "0.3"]);
    for path in ["/device_authorization", "/token", "/activate"] {
        let begun = format!("{}client_id=", head(path, "content-length: 30"));
        let answer = exchange(&server.url, begun.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer:?}");
        assert!(
            answer.to_lowercase().contains("cache-control: no-store"),
            "{answer:?}"
        );
    }
}

pub(crate) fn a_slow_body_holds_up_nobody_else(start: fn(&[&str]) -> Server) {
    let server = start(&["--body-deadline", "60"]);
    let address = server.url.trim_start_matches("http://");
    let slow: Vec<_> = std::iter::repeat_with(|| {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        let begun = format!("{}c", head("/token", "content-length: 30"));
        std::io::Write::write_all(&mut stream, begun.as_bytes()).unwrap();
        stream
    })
    .take(100)
    .collect();
    Device::start(&server);
    drop(slow);
}

/// A device that has its codes.
struct Device {
    token_endpoint: String,
    device_code: String,
    user_code: String,
}

impl Device {
    #[track_caller]
    fn start(server: &Server) -> Self {
        let endpoint = format!("{}/device_authorization", server.url);
        let answer = post(&endpoint, &[("client_id", "tv"), ("scope", "openid")]);
        assert_eq!(answer.status(), 200, "{}", answer.body());
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let codes = answer.json();
        assert_eq!(
            codes["verification_uri"],
            format!("{}/activate", server.url)
        );
        let text = |name: &str| codes[name].as_str().unwrap().to_owned();
        Self {
            token_endpoint: format!("{}/token", server.url),
            device_code: text("device_code"),
            user_code: text("user_code"),
        }
    }

    fn form(&self) -> [(&str, &str); 3] {
        [
            ("grant_type", GRANT_TYPE),
            ("device_code", &self.device_code),
            ("client_id", "tv"),
        ]
    }

    /// Status and error code.
    #[track_caller]
    fn poll(&self) -> (u16, String) {
        let answer = post(&self.token_endpoint, &self.form());
        let error = answer.json()["error"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        (answer.status(), error)
    }
}
