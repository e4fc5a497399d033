//! Polls of codes that nobody has decided on.

use std::time::{Duration, Instant};

use super::{advise, ensure};
use crate::report::Broken;
use crate::server::{Codes, DEVICE_GRANT, Server, wait};

pub(super) fn a_wait_is_pending(server: &Server) -> Result<(), Broken> {
    let codes = server.codes()?;
    wait(codes.interval);
    let answer = server.poll(&codes.device_code)?;
    answer.must_be("authorization_pending")?;
    ensure(answer.status == 400, || {
        format!("the status is {}", answer.status)
    })
}

pub(super) fn answers_are_not_cached(server: &Server) -> Result<(), Broken> {
    let codes = server.codes()?;
    let answer = server.poll(&codes.device_code)?;
    // The "MUST" of RFC 6749, section 5.1 is about tokens and credentials.
    advise(answer.cache_control.contains("no-store"), || {
        format!("Cache-Control is {:?}", answer.cache_control)
    })
}

pub(super) fn a_device_that_keeps_its_interval_is_never_slowed(
    server: &Server,
) -> Result<(), Broken> {
    let codes = server.codes()?;
    for poll in 1..=4 {
        wait(codes.interval);
        let answer = server.poll(&codes.device_code)?;
        ensure(answer.error() == "authorization_pending", || {
            format!("poll {poll} is {}", answer.describe())
        })?;
    }
    Ok(())
}

pub(super) fn a_fast_device_is_slowed_and_not_locked_out(server: &Server) -> Result<(), Broken> {
    for _ in 0..5 {
        let codes = server.codes()?;
        let began = Instant::now();
        let slowed = slowed_polls(server, &codes, 4)?;
        // On a machine that is busy, the four may have been no faster than they had to be.
        if slowed == 0 && began.elapsed() > codes.interval / 3 {
            continue;
        }
        // RFC 8628, section 3.5: five seconds more for each slow_down.
        wait(codes.interval + Duration::from_secs(5) * slowed);
        server
            .poll(&codes.device_code)?
            .must_be("authorization_pending")?;
        // "slow_down" is an answer that a server has, and not one that it must give.
        return advise(slowed > 0, || {
            "four polls at once never heard slow_down".to_owned()
        });
    }
    Err(Broken::Skipped(
        "four polls took longer than a third of the interval each time",
    ))
}

/// Polls so often in a row, and counts the answers that are slow_down.
fn slowed_polls(server: &Server, codes: &Codes, polls: u32) -> Result<u32, Broken> {
    let mut slowed = 0;
    for _ in 0..polls {
        let answer = server.poll(&codes.device_code)?;
        match answer.error().as_str() {
            "slow_down" => slowed += 1,
            "authorization_pending" => {}
            _ => {
                let told = format!("a fast poll is {}", answer.describe());
                return Err(Broken::rule(told));
            }
        }
    }
    Ok(slowed)
}

pub(super) fn an_unknown_device_code_is_an_invalid_grant(server: &Server) -> Result<(), Broken> {
    let unknown = "x".repeat(server.codes()?.device_code.len());
    server.poll(&unknown)?.must_be("invalid_grant")
}

pub(super) fn a_poll_without_a_code_is_invalid(server: &Server) -> Result<(), Broken> {
    let form = [("grant_type", DEVICE_GRANT), ("client_id", &*server.client)];
    server
        .post(&server.token_endpoint, &form)?
        .must_be("invalid_request")
}

pub(super) fn an_empty_code_is_a_missing_one(server: &Server) -> Result<(), Broken> {
    server.poll("")?.must_be("invalid_request")
}

pub(super) fn an_unknown_grant_type_is_unsupported(server: &Server) -> Result<(), Broken> {
    let form = [
        ("grant_type", "urn:example:no-such-grant"),
        ("client_id", &*server.client),
    ];
    let answer = server.post(&server.token_endpoint, &form)?;
    // Nor is the client authorized to use it, and no RFC says which of the two comes first.
    let expected = ["unsupported_grant_type", "unauthorized_client"];
    let as_expected = expected.contains(&&*answer.error());
    ensure(as_expected && (400..500).contains(&answer.status), || {
        format!("expected unsupported_grant_type, got {}", answer.describe())
    })
}

pub(super) fn a_get_is_no_poll(server: &Server) -> Result<(), Broken> {
    let codes = server.codes()?;
    let url = format!(
        "{}?grant_type={DEVICE_GRANT}&client_id={}&device_code={}",
        server.token_endpoint, server.client, codes.device_code
    );
    let answer = server.get(&url)?;
    ensure(answer.error() != "authorization_pending", || {
        "it is answered like one".to_owned()
    })
}

pub(super) fn another_client_learns_nothing(server: &Server) -> Result<(), Broken> {
    let other = server.other()?;
    let codes = server.codes()?;
    wait(codes.interval);
    server
        .poll_as(other, &codes.device_code)?
        .must_be("invalid_grant")?;
    server
        .poll(&codes.device_code)?
        .must_be("authorization_pending")
}
