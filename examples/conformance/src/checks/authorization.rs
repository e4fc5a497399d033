//! The device authorization endpoint.

use std::collections::HashSet;

use super::{advise, ensure};
use crate::report::Broken;
use crate::server::{Server, wait};

pub(super) fn codes_are_given(server: &Server) -> Result<(), Broken> {
    let answer = server.authorize()?;
    let json = answer.json();
    ensure(answer.status == 200, || {
        format!("the answer is {}", answer.describe())
    })?;
    ensure(answer.content_type.starts_with("application/json"), || {
        format!("the type is {}", answer.content_type)
    })?;
    for name in ["device_code", "user_code", "verification_uri"] {
        ensure(json[name].is_string(), || format!("there is no {name}"))?;
    }
    ensure(
        json["expires_in"]
            .as_u64()
            .is_some_and(|seconds| seconds > 0),
        || format!("expires_in is {}", json["expires_in"]),
    )?;
    let interval = &json["interval"];
    ensure(interval.is_null() || interval.is_u64(), || {
        format!("interval is {interval}")
    })
}

pub(super) fn codes_are_not_cached(server: &Server) -> Result<(), Broken> {
    let answer = server.authorize()?;
    ensure(answer.cache_control.contains("no-store"), || {
        format!("Cache-Control is {:?}", answer.cache_control)
    })
}

pub(super) fn codes_are_never_the_same(server: &Server) -> Result<(), Broken> {
    let mut seen = HashSet::new();
    for _ in 0..10 {
        let codes = server.codes()?;
        ensure(
            seen.insert(codes.device_code) && seen.insert(codes.user_code),
            || "a code came twice".to_owned(),
        )?;
    }
    Ok(())
}

pub(super) fn user_codes_can_be_typed(server: &Server) -> Result<(), Broken> {
    // Of ten codes, because one has few of the letters that a code can have.
    let mut letters = HashSet::new();
    for _ in 0..10 {
        let code = server.codes()?.user_code;
        let length = code
            .chars()
            .filter(|letter| letter.is_alphanumeric())
            .count();
        advise((6..=16).contains(&length), || {
            format!("it has {length} characters")
        })?;
        letters.extend(code.chars());
    }
    advise(letters.iter().all(char::is_ascii), || {
        "it is not ASCII".to_owned()
    })?;
    let both = |one: char, other: char| letters.contains(&one) && letters.contains(&other);
    advise(
        !both('0', 'O') && !both('1', 'I') && !both('1', 'l'),
        || "it mixes 0 and O, or 1 and I".to_owned(),
    )
}

pub(super) fn device_codes_cannot_be_guessed(server: &Server) -> Result<(), Broken> {
    let length = server.codes()?.device_code.len();
    // 128 bits, as base64url without padding.
    ensure(length >= 22, || format!("it has {length} characters"))
}

pub(super) fn an_unknown_client_gets_none(server: &Server) -> Result<(), Broken> {
    let form = [("client_id", "no-such-client"), ("scope", &*server.scope)];
    let answer = server.post(&server.device_authorization_endpoint, &form)?;
    // With a secret in the header, two clients are named, which is invalid_request.
    ensure(
        (400..500).contains(&answer.status) && !answer.json()["device_code"].is_string(),
        || format!("the answer is {}", answer.describe()),
    )
}

pub(super) fn no_client_gets_none(server: &Server) -> Result<(), Broken> {
    let url = &server.device_authorization_endpoint;
    let answer = server.post_anonymously(url, &[("scope", &*server.scope)])?;
    ensure((400..500).contains(&answer.status), || {
        format!("the answer is {}", answer.describe())
    })
}

pub(super) fn a_get_gets_none(server: &Server) -> Result<(), Broken> {
    let url = format!(
        "{}?client_id={}",
        server.device_authorization_endpoint, server.client
    );
    let answer = server.get(&url)?;
    ensure(!answer.json()["device_code"].is_string(), || {
        "it gives codes".to_owned()
    })
}

pub(super) fn a_parameter_twice_is_refused(server: &Server) -> Result<(), Broken> {
    let (client, scope) = (&*server.client, &*server.scope);
    let form = [("client_id", client), ("scope", scope), ("scope", "other")];
    let answer = server.post(&server.device_authorization_endpoint, &form)?;
    answer.must_be("invalid_request")
}

pub(super) fn an_unknown_parameter_is_ignored(server: &Server) -> Result<(), Broken> {
    let (client, scope) = (&*server.client, &*server.scope);
    let form = [("client_id", client), ("scope", scope), ("no_such", "x")];
    let answer = server.post(&server.device_authorization_endpoint, &form)?;
    ensure(answer.json()["device_code"].is_string(), || {
        format!("the answer is {}", answer.describe())
    })
}

pub(super) fn a_link_decides_nothing(server: &Server) -> Result<(), Broken> {
    let codes = server.codes()?;
    let Some(link) = &codes.verification_uri_complete else {
        return Err(Broken::Skipped("there is no verification_uri_complete"));
    };
    // Nobody is signed in, and the page may answer that as it likes.
    server.get(link)?;
    wait(codes.interval);
    server
        .poll(&codes.device_code)?
        .must_be("authorization_pending")
}
