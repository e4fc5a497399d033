//! Codes that a person has decided on.

use std::thread::{self, ScopedJoinHandle};
use std::time::Instant;

use super::{advise, ensure};
use crate::report::Broken;
use crate::server::{Answer, Codes, Server, wait};

/// The number of polls while the person decides: few enough for a server that adds to the interval at each.
const POLLS_DURING: u32 = 8;

pub(super) fn a_denial_is_told(server: &Server) -> Result<(), Broken> {
    decided(server, "deny")?.1.must_be("access_denied")
}

pub(super) fn a_denied_code_stays_denied(server: &Server) -> Result<(), Broken> {
    let codes = server.codes()?;
    server.decide(&codes, "deny")?;
    // The command may fail, because the page knows the code no more.
    let _ = server.decide(&codes, "approve");
    wait(codes.interval);
    let answer = server.poll(&codes.device_code)?;
    // A server may have deleted the grant by now.
    let ends = ["access_denied", "expired_token", "invalid_grant"];
    ensure(ends.contains(&&*answer.error()), || {
        format!("expected access_denied, got {}", answer.describe())
    })
}

pub(super) fn an_approval_yields_tokens(server: &Server) -> Result<(), Broken> {
    let (_, answer) = decided(server, "approve")?;
    must_have_tokens(&answer)?;
    let json = answer.json();
    ensure(json["token_type"].is_string(), || {
        "there is no token_type".to_owned()
    })?;
    ensure(answer.cache_control.contains("no-store"), || {
        format!("Cache-Control is {:?}", answer.cache_control)
    })
}

pub(super) fn a_device_code_is_used_once(server: &Server) -> Result<(), Broken> {
    let (codes, answer) = decided(server, "approve")?;
    must_have_tokens(&answer)?;
    wait(codes.interval);
    let again = server.poll(&codes.device_code)?;
    // A server that answers a lost response again gives the very same tokens.
    ensure(
        !again.has_tokens() || again.json()["access_token"] == answer.json()["access_token"],
        || "it yields other tokens".to_owned(),
    )
}

pub(super) fn sixteen_polls_yield_one_set_of_tokens(server: &Server) -> Result<(), Broken> {
    let codes = server.codes()?;
    server.decide(&codes, "approve")?;
    wait(codes.interval);
    let mut tokens = Vec::new();
    for answer in at_once(server, &codes, 16) {
        let answer = answer?;
        if answer.has_tokens() {
            tokens.push(answer.json()["access_token"].to_string());
        }
    }
    tokens.sort();
    tokens.dedup();
    if tokens.is_empty() {
        wait(codes.interval);
        return must_have_tokens(&server.poll(&codes.device_code)?);
    }
    ensure(tokens.len() == 1, || {
        format!("{} different sets of tokens left", tokens.len())
    })
}

pub(super) fn another_client_gets_no_tokens(server: &Server) -> Result<(), Broken> {
    let other = server.other()?;
    let codes = server.codes()?;
    server.decide(&codes, "approve")?;
    wait(codes.interval);
    server
        .poll_as(other, &codes.device_code)?
        .must_be("invalid_grant")?;
    must_have_tokens(&server.poll(&codes.device_code)?)
}

pub(super) fn polls_during_the_approval_lose_nothing(server: &Server) -> Result<(), Broken> {
    // Most of a decision is the way to it: a program that starts, and a sign-in. The polls are spread over all of it.
    let began = Instant::now();
    server.decide(&server.codes()?, "approve")?;
    let takes = began.elapsed();
    let codes = &server.codes()?;
    let polled = thread::scope(|threads| {
        let person = threads.spawn(|| server.decide(codes, "approve"));
        let polls: Vec<_> = (0..POLLS_DURING)
            .map(|number| {
                threads.spawn(move || {
                    thread::sleep(takes * number / POLLS_DURING);
                    server.poll(&codes.device_code)
                })
            })
            .collect();
        joined(person)?;
        polls.into_iter().map(joined).collect::<Result<Vec<_>, _>>()
    })?;
    if polled.iter().any(Answer::has_tokens) {
        return Ok(());
    }
    // As long as the steps that eight fast polls can have told it.
    wait(codes.interval * 2);
    let answer = server.poll(&codes.device_code)?;
    if answer.error() == "slow_down" {
        wait(codes.interval + std::time::Duration::from_secs(40));
        return must_have_tokens(&server.poll(&codes.device_code)?);
    }
    must_have_tokens(&answer)
}

pub(super) fn an_approval_reaches_a_hasty_device(server: &Server) -> Result<(), Broken> {
    let codes = server.codes()?;
    // Early each time, and no burst.
    let hasty = codes.interval * 4 / 5;
    let early = thread::scope(|threads| {
        let person = threads.spawn(|| server.decide(&codes, "approve"));
        while !person.is_finished() {
            // It may find the approval before the person's page has come.
            let answer = server.poll(&codes.device_code)?;
            if answer.has_tokens() {
                return Ok(Some(answer));
            }
            thread::sleep(hasty);
        }
        joined(person).map(|()| None)
    })?;
    if early.is_some() {
        return Ok(());
    }
    for slowed in 0..6 {
        let answer = server.poll(&codes.device_code)?;
        if answer.error() != "slow_down" {
            must_have_tokens(&answer)?;
            return advise(slowed == 0, || {
                format!("it heard slow_down {slowed} times after the approval")
            });
        }
        thread::sleep(hasty);
    }
    // The client broke a rule first.
    Err(Broken::Advice(
        "it polled on at four fifths of the interval, and never got the tokens".to_owned(),
    ))
}

/// Codes, the person's decision, and the poll after it.
fn decided(server: &Server, decision: &str) -> Result<(Codes, Answer), Broken> {
    let codes = server.codes()?;
    server.decide(&codes, decision)?;
    wait(codes.interval);
    let answer = server.poll(&codes.device_code)?;
    Ok((codes, answer))
}

fn at_once(server: &Server, codes: &Codes, polls: usize) -> Vec<Result<Answer, Broken>> {
    thread::scope(|threads| {
        let polls: Vec<_> = (0..polls)
            .map(|_| threads.spawn(|| server.poll(&codes.device_code)))
            .collect();
        polls.into_iter().map(joined).collect()
    })
}

fn joined<T>(thread: ScopedJoinHandle<'_, Result<T, Broken>>) -> Result<T, Broken> {
    thread
        .join()
        .unwrap_or_else(|_| Err(Broken::rule("a thread panicked")))
}

fn must_have_tokens(answer: &Answer) -> Result<(), Broken> {
    ensure(answer.status == 200 && answer.has_tokens(), || {
        format!("expected tokens, got {}", answer.describe())
    })
}
