//! A server that was written from memory of the RFC: no lifetime, codes of letters that look alike, the status 200 for a device
//! that has to wait, parameters in an address, one error for another, and no way back for a device that was too fast.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::listener::{Answer, Request, error, parameter};

#[derive(Default)]
struct Grant {
    /// None while nobody has decided.
    approved: Option<bool>,
    slowed: bool,
    polled: Option<Instant>,
}

/// Starts it, and returns its address.
pub(crate) fn start() -> String {
    let grants = Mutex::<HashMap<String, Grant>>::default();
    super::listener::start(move |request| answer(request, &mut grants.lock().unwrap()))
}

fn answer(request: &Request, grants: &mut HashMap<String, Grant>) -> Answer {
    // Where they come is the same to it.
    let form = format!("{}&{}", request.query, request.body);
    let code = |name: &str| parameter(&form, name).unwrap_or_default();
    match request.path.as_str() {
        "/device" => {
            let code = format!("O0I1{:020}", grants.len());
            grants.insert(code.clone(), Grant::default());
            let uri = &request.server;
            (
                200,
                format!(
                    r#"{{"device_code":"{code}","user_code":"{code}","verification_uri":"{uri}","interval":1}}"#
                ),
            )
        }
        "/approve" | "/deny" => {
            let grant = grants.entry(code("code")).or_default();
            grant.approved = Some(request.path == "/approve");
            (200, "{}".to_owned())
        }
        _ if code("device_code").is_empty() => error("invalid_grant"),
        _ => match grants.get_mut(&code("device_code")) {
            None => error("expired_token"),
            Some(grant) => grant.poll(),
        },
    }
}

impl Grant {
    fn poll(&mut self) -> Answer {
        let last = self.polled.replace(Instant::now());
        match self.approved {
            // It was never written down that somebody denied.
            Some(false) => error("invalid_grant"),
            Some(true) => (
                200,
                r#"{"access_token":"a","token_type":"Bearer"}"#.to_owned(),
            ),
            None if self.slowed => error("access_denied"),
            // At the interval that it told, too.
            None if last.is_some_and(|last| last.elapsed() < Duration::from_secs(2)) => {
                self.slowed = true;
                error("slow_down")
            }
            None => (200, r#"{"error":"authorization_pending"}"#.to_owned()),
        }
    }
}
