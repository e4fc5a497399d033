//! Every stage, every event, every time: what follows, or why nothing does.

use super::*;
use crate::message::ErrorResponse;

/// The state after each event, while nothing is expired. A lease that a clock set back ends has a column of its own.
///
/// `.` is a transition that the state does not allow; `kept` is a review that goes on under the same ticket.
const LIVE: &str = "
event                    | unreviewed reviewed   approved    unconfirmed denied    leased      lease-over  redeemed    refused     lapsed      revoked  revoked+
claim                    | reviewed   kept       not-live    not-live    not-live  not-live    not-live    not-live    not-live    not-live    not-live not-live
claim, other session     | reviewed   reviewed   not-live    not-live    not-live  not-live    not-live    not-live    not-live    not-live    not-live not-live
claim, other subject     | reviewed   another's  not-live    not-live    not-live  not-live    not-live    not-live    not-live    not-live    not-live not-live
release                  | .          unreviewed .           .           .         .           .           .           .           .           .        .
release, other session   | .          .          .           .           .         .           .           .           .           .           .        .
release, other subject   | .          .          .           .           .         .           .           .           .           .           .        .
release, other nonce     | .          .          .           .           .         .           .           .           .           .           .        .
approve                  | not-theirs approved   did-approve did-approve did-deny  did-approve did-approve did-approve did-approve did-approve not-live not-live
approve, other session   | not-theirs not-theirs not-live    not-live    not-live  not-live    not-live    not-live    not-live    not-live    not-live not-live
approve, other subject   | not-theirs not-theirs not-live    not-live    not-live  not-live    not-live    not-live    not-live    not-live    not-live not-live
approve, other nonce     | not-theirs not-theirs not-live    not-live    not-live  not-live    not-live    not-live    not-live    not-live    not-live not-live
approve, too much        | not-theirs widened    did-approve did-approve did-deny  did-approve did-approve did-approve did-approve did-approve not-live not-live
deny                     | not-theirs denied     did-approve did-approve did-deny  did-approve did-approve did-approve did-approve did-approve not-live not-live
deny, other session      | not-theirs not-theirs not-live    not-live    not-live  not-live    not-live    not-live    not-live    not-live    not-live not-live
deny, other subject      | not-theirs not-theirs not-live    not-live    not-live  not-live    not-live    not-live    not-live    not-live    not-live not-live
deny, other nonce        | not-theirs not-theirs not-live    not-live    not-live  not-live    not-live    not-live    not-live    not-live    not-live not-live
lease                    | .          .          redeeming   .           .         .           redeeming   .           .           .           .        .
confirm                  | .          .          .           approved    .         .           .           .           .           .           .        .
confirm, wrong           | .          .          .           unconfirmed .         .           .           .           .           .           .        .
commit                   | .          .          .           .           .         redeemed    .           .           .           .           .        .
commit, other fence      | .          .          .           .           .         .           .           .           .           .           .        .
commit, other ordinal    | .          .          .           .           .         .           .           .           .           .           .        .
abandon                  | .          .          .           .           .         approved    approved    .           .           .           .        .
abandon, other fence     | .          .          .           .           .         .           .           .           .           .           .        .
abandon, other ordinal   | .          .          .           .           .         .           .           .           .           .           .        .
refuse                   | .          .          .           .           .         refused     refused     .           .           .           .        .
refuse, other fence      | .          .          .           .           .         .           .           .           .           .           .        .
refuse, other ordinal    | .          .          .           .           .         .           .           .           .           .           .        .
revoke                   | revoked    revoked    revoked     revoked     .         revoked     revoked     revoked+    .           .           .        .
";

/// The rows that differ from [`LIVE`] once the codes are expired: nobody can decide, and no attempt begins.
const EXPIRED: &str = "
event                    | unreviewed reviewed   approved    unconfirmed denied    leased      lease-over  redeemed    refused     lapsed      revoked  revoked+
claim                    | not-live   not-live   not-live    not-live    not-live  not-live    not-live    not-live    not-live    not-live    not-live not-live
claim, other session     | not-live   not-live   not-live    not-live    not-live  not-live    not-live    not-live    not-live    not-live    not-live not-live
claim, other subject     | not-live   not-live   not-live    not-live    not-live  not-live    not-live    not-live    not-live    not-live    not-live not-live
approve                  | not-theirs not-live   did-approve did-approve did-deny  did-approve did-approve did-approve did-approve did-approve not-live not-live
approve, too much        | not-theirs not-live   did-approve did-approve did-deny  did-approve did-approve did-approve did-approve did-approve not-live not-live
deny                     | not-theirs not-live   did-approve did-approve did-deny  did-approve did-approve did-approve did-approve did-approve not-live not-live
lease                    | .          .          .           .           .         .           .           .           .           .           .        .
confirm                  | .          .          .           .           .         .           .           .           .           .           .        .
confirm, wrong           | .          .          .           .           .         .           .           .           .           .           .        .
";

/// A time, whether the codes are expired by then, and whether it lies within the live lease.
const TIMES: [(&str, i64, bool, bool); 5] = [
    ("before issue", -SECOND, false, false),
    ("long before expiry", 300 * SECOND, false, false),
    ("just before expiry", LIFETIME * SECOND - 1, false, true),
    ("at expiry", LIFETIME * SECOND, true, true),
    ("after expiry", (LIFETIME + 10) * SECOND, true, true),
];

#[test]
fn every_event_in_every_state_at_every_time_does_what_the_table_says() {
    let live = rows(LIVE);
    let expired = rows(EXPIRED);
    let mut wrong = Vec::new();
    for (event, cells) in &live {
        for (time, micros, is_expired, in_lease) in TIMES {
            let late = expired.iter().find(|(name, _)| name == event);
            let cells = late.filter(|_| is_expired).map_or(cells, |(_, late)| late);
            for stage in Stage::ALL {
                // Outside of its lease, an attempt is where one is whose lease is over.
                let column = if stage == Stage::Leased && !in_lease {
                    Stage::LeaseOver
                } else {
                    stage
                };
                let grant = Scenario::at(stage);
                let expected = &cells[Stage::ALL.iter().position(|s| *s == column).unwrap()];
                let found = outcome(event, &grant, at_micros(micros));
                if found != *expected {
                    wrong.push(format!(
                        "{event} | {stage:?} {time}: {found}, not {expected}"
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn no_event_changes_the_facts() {
    for (event, _) in rows(LIVE) {
        for stage in Stage::ALL {
            let grant = Scenario::at(stage);
            if let Ok(next) = apply(&event, &grant, at(595)) {
                assert_eq!(next.facts(), grant.facts(), "{event} | {stage:?}");
            }
        }
    }
}

#[test]
fn a_refused_transition_names_the_state_it_found() {
    for stage in Stage::ALL {
        let grant = Scenario::at(stage);
        if let Err(refused) = grant.revoke(at(595)) {
            assert_eq!(refused.state, grant.state().name());
            assert_eq!(
                refused.to_string(),
                format!("a grant that is {} cannot be revoked", refused.state)
            );
        }
    }
}

/// The rows of a table: the event, and a cell for each stage.
fn rows(table: &str) -> Vec<(String, Vec<String>)> {
    let lines = table.lines().filter(|line| !line.is_empty()).skip(1);
    lines
        .map(|line| {
            let (event, cells) = line.split_once('|').unwrap();
            let cells: Vec<String> = cells.split_whitespace().map(str::to_owned).collect();
            assert_eq!(cells.len(), Stage::ALL.len(), "{line}");
            (event.trim().to_owned(), cells)
        })
        .collect()
}

fn outcome(event: &str, grant: &Grant, now: Timestamp) -> String {
    match apply(event, grant, now) {
        Ok(next) => stage_name(&next).to_owned(),
        Err(reason) => reason.to_owned(),
    }
}

fn apply(event: &str, grant: &Grant, now: Timestamp) -> Result<Grant, &'static str> {
    let (event, whose) = event.split_once(", ").unwrap_or((event, "own"));
    let mut who = alice();
    let mut with = Scenario::NONCE;
    let mut scope = "openid";
    let mut attempt = Scenario::ATTEMPT;
    let mut sent = Scenario::CONFIRMATION;
    match whose {
        "own" => {}
        "other session" => who = reviewer("alice", "phone"),
        "other subject" => who = reviewer("bob", "laptop"),
        "other nonce" => with = nonce(0xbb),
        "too much" => scope = "openid email",
        "other fence" => attempt = Attempt::new(fence(0xf2), attempt.ordinal),
        "wrong" => sent = digest(0xee),
        "other ordinal" => attempt = Attempt::new(attempt.fence, attempt.ordinal + 1),
        other => panic!("{other} is no variation"),
    }
    match event {
        "claim" => claim(grant, &who, now),
        "release" => grant.release(&who, with).map_err(|_| "."),
        "approve" => grant
            .approve(approval(who, with, scope, now), now, REVIEW)
            .map_err(decision_refused),
        "deny" => grant
            .deny(&who, with, Denial::Declined, now, REVIEW)
            .map_err(decision_refused),
        "lease" => grant
            .lease(fence(0xf2), now, Scenario::LEASE, &[])
            .map_err(|_| "."),
        "commit" => grant.commit(attempt, now).map_err(|_| "."),
        "abandon" => grant.abandon(attempt, now, None, None).map_err(|_| "."),
        "refuse" => grant
            .refuse(attempt, ErrorResponse::access_denied(), now)
            .map_err(|_| "."),
        "confirm" => grant
            .confirm(&[sent], now)
            .map(Option::unwrap)
            .map_err(|_| "."),
        "revoke" => grant.revoke(now).map_err(|_| "."),
        other => panic!("{other} is no event"),
    }
}

fn claim(grant: &Grant, who: &Reviewer, now: Timestamp) -> Result<Grant, &'static str> {
    match grant.claim(who, Arrival::Typed, nonce(0xcc), now, REVIEW) {
        Ok(super::super::review::Claimed { next: None, .. }) => Err("kept"),
        Ok(super::super::review::Claimed {
            next: Some(next), ..
        }) => Ok(next),
        Err(ClaimRefused::NotLive) => Err("not-live"),
        Err(ClaimRefused::ClaimedByAnother) => Err("another's"),
        Err(ClaimRefused::UnexpectedSubject) => Err("unexpected"),
    }
}

fn decision_refused(refused: DecisionRefused) -> &'static str {
    match refused {
        DecisionRefused::NotLive => "not-live",
        DecisionRefused::NotTheirs => "not-theirs",
        DecisionRefused::Stale => "stale",
        DecisionRefused::AlreadyApproved => "did-approve",
        DecisionRefused::AlreadyDenied => "did-deny",
        DecisionRefused::Widened => "widened",
        DecisionRefused::Emptied(_) => "emptied",
    }
}

fn stage_name(grant: &Grant) -> &'static str {
    match grant.state() {
        State::Pending { review: None } => "unreviewed",
        State::Pending { review: Some(_) } => "reviewed",
        State::Revoked {
            redeemed: Some(_), ..
        } => "revoked+",
        State::Approved { .. }
        | State::Unconfirmed { .. }
        | State::Denied { .. }
        | State::Redeeming { .. }
        | State::Redeemed { .. }
        | State::Refused { .. }
        | State::Lapsed { .. }
        | State::Revoked { redeemed: None, .. } => grant.state().name(),
    }
}
