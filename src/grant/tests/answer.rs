//! The answer to a poll, in every state at every time.

use super::*;
use crate::message::ErrorResponse;

const ANSWERS: &str = "
stage         | before issue | just before expiry | at expiry  | after expiry
Unreviewed    | pending      | pending            | expired    | expired
Reviewed      | pending      | pending            | expired    | expired
Approved      | redeem       | redeem             | expired    | expired
Unconfirmed   | confirm      | confirm            | expired    | expired
Denied        | denied       | denied             | expired    | expired
Leased        | redeem       | redeeming          | redeeming  | redeeming
LeaseOver     | redeem       | redeem             | expired    | expired
Redeemed      | redeemed     | redeemed           | redeemed   | redeemed
Refused       | refused      | refused            | expired    | expired
Lapsed        | lapsed       | lapsed             | expired    | expired
RevokedBefore | revoked      | revoked            | revoked    | revoked
RevokedAfter  | revoked+     | revoked+           | revoked+   | revoked+
";

const TIMES: [i64; 4] = [
    -SECOND,
    LIFETIME * SECOND - 1,
    LIFETIME * SECOND,
    (LIFETIME + 10) * SECOND,
];

#[test]
fn a_poll_in_every_state_at_every_time_is_told_what_the_table_says() {
    for (stage, line) in Stage::ALL.into_iter().zip(ANSWERS.lines().skip(2)) {
        let mut cells = line.split('|').map(str::trim);
        assert_eq!(
            cells.next(),
            Some(format!("{stage:?}").as_str()),
            "the table's order"
        );
        let expected: Vec<&str> = cells.collect();
        let grant = Scenario::at(stage);
        let found = TIMES.map(|micros| name(&grant.answer(at_micros(micros))));
        assert_eq!(found, *expected, "{stage:?}");
    }
}

#[test]
fn a_poll_is_told_to_redeem_exactly_when_an_attempt_can_begin() {
    for stage in Stage::ALL {
        let grant = Scenario::at(stage);
        for seconds in -5..(LIFETIME + 40) {
            let now = at(seconds);
            let can_begin = grant.lease(fence(9), now, Scenario::LEASE, &[]).is_ok();
            assert_eq!(
                grant.answer(now) == Answer::Redeem,
                can_begin,
                "{stage:?} at {seconds} s"
            );
        }
    }
}

#[test]
fn an_attempt_under_way_is_hidden_behind_pending_for_as_long_as_its_lease_lasts() {
    let grant = Scenario::at(Stage::LeaseOver);
    let told = |micros| name(&grant.answer(at_micros(micros)));
    // A second before it began is still another node's clock; more is one that was set back.
    assert_eq!(told(559 * SECOND - 1), "redeem");
    assert_eq!(told(559 * SECOND), "redeeming");
    assert_eq!(told(590 * SECOND - 1), "redeeming");
    assert_eq!(told(590 * SECOND), "redeem");
}

#[test]
fn expired_is_not_said_while_an_attempt_may_still_commit_and_stays_the_answer_from_then_on() {
    let grant = Scenario::at(Stage::Leased);
    let told = |grant: &Grant, micros| name(&grant.answer(at_micros(micros)));
    assert_eq!(told(&grant, 620 * SECOND - 1), "redeeming");
    assert_eq!(told(&grant, 620 * SECOND), "expired");
    let committed = grant
        .commit(Scenario::ATTEMPT, at_micros(620 * SECOND - 1))
        .unwrap();
    assert_eq!(told(&committed, 620 * SECOND), "redeemed");
    let given_back = grant
        .abandon(Scenario::ATTEMPT, at(595), None, None)
        .unwrap();
    assert_eq!(told(&given_back, LIFETIME * SECOND), "expired");
}

#[test]
fn a_refusal_is_told_in_the_words_of_the_host() {
    let refusal = ErrorResponse::access_denied().with_description("The account is locked.");
    let grant = Scenario::at(Stage::Leased)
        .refuse(Scenario::ATTEMPT, refusal.clone(), at(595))
        .unwrap();
    assert_eq!(grant.answer(at(596)), Answer::Refused(&refusal));
}

#[test]
fn a_replay_is_told_which_attempt_issued_the_tokens() {
    let grant = Scenario::at(Stage::Redeemed);
    assert_eq!(grant.answer(at(600)), Answer::Redeemed(Scenario::ATTEMPT));
}

fn name(answer: &Answer<'_>) -> &'static str {
    match answer {
        Answer::Redeemed(_) => "redeemed",
        Answer::Revoked {
            after_redemption: false,
        } => "revoked",
        Answer::Revoked {
            after_redemption: true,
        } => "revoked+",
        Answer::Expired => "expired",
        Answer::Denied => "denied",
        Answer::Lapsed => "lapsed",
        Answer::Refused(_) => "refused",
        Answer::Redeem => "redeem",
        Answer::Redeeming => "redeeming",
        Answer::Paused(_) => "paused",
        Answer::Confirm(_) => "confirm",
        Answer::Pending => "pending",
    }
}
