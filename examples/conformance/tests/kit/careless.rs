//! A server as it is written in an afternoon: it looks at no client, forbids no cache, burns no code, approves whatever
//! link is opened, and writes what a poll has read back after a while.

use std::collections::HashMap;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use super::listener::{Answer, Request, error, parameter};

/// The decision on each code; none while nobody has decided.
type Grants = Mutex<HashMap<String, Option<bool>>>;

/// The time that a decision takes to be written, so that polls come in between.
const SLOW: Duration = Duration::from_secs(3);
/// The time from what a poll reads to what it writes.
const POLL: Duration = Duration::from_secs(1);

/// Starts it, and returns its address.
pub(crate) fn start() -> String {
    let grants = Grants::default();
    super::listener::start(move |request| answer(request, &grants))
}

fn answer(request: &Request, shared: &Grants) -> Answer {
    let Request { path, body, .. } = request;
    let field = |name: &str| parameter(body, name);
    let mut grants = shared.lock().unwrap();
    if let Some(code) = path.strip_prefix("/link/") {
        grants.insert(code.to_owned(), Some(true));
        return (200, "{}".to_owned());
    }
    match path.as_str() {
        // As a strict schema reads it.
        "/device" if body.contains("no_such") => error("invalid_request"),
        "/device" => {
            let code = format!("{:08}", grants.len() + 23_456_789);
            grants.insert(code.clone(), None);
            let codes = format!(r#""device_code":"{code}","user_code":"{code}""#);
            let uri = &request.server;
            let uris = format!(
                r#""verification_uri":"{uri}","verification_uri_complete":"{uri}/link/{code}""#
            );
            (
                200,
                format!(r#"{{{codes},{uris},"expires_in":600,"interval":0}}"#),
            )
        }
        "/approve" | "/deny" => {
            drop(grants);
            thread::sleep(SLOW);
            let code = field("code").unwrap_or_default();
            let decision = Some(path == "/approve");
            shared.lock().unwrap().insert(code, decision);
            (200, "{}".to_owned())
        }
        _ => match field("device_code").as_ref().map(|code| grants.get(code)) {
            None => error("invalid_request"),
            Some(None) => error("invalid_grant"),
            Some(Some(None)) => {
                drop(grants);
                thread::sleep(POLL);
                let code = field("device_code").unwrap_or_default();
                shared.lock().unwrap().insert(code, None);
                error("authorization_pending")
            }
            Some(Some(Some(false))) => error("access_denied"),
            Some(Some(Some(true))) => {
                let count = grants.len();
                let token = Instant::now();
                (
                    200,
                    format!(r#"{{"access_token":"{count} {token:?}","token_type":"Bearer"}}"#),
                )
            }
        },
    }
}
