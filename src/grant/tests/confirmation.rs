use super::*;
use crate::message::ErrorResponse;

fn unconfirmed() -> Grant {
    Scenario::at(Stage::Unconfirmed)
}

/// The grant after these codes were sent, each under one key.
fn sent(grant: &Grant, codes: impl IntoIterator<Item = u8>) -> Grant {
    codes.into_iter().fold(grant.clone(), |grant, code| {
        let next = grant.confirm(&[digest(code)], at(30)).unwrap();
        next.unwrap_or(grant)
    })
}

fn tries_left(grant: &Grant) -> Option<u32> {
    let Answer::Confirm(confirmation) = grant.answer(at(30)) else {
        return None;
    };
    Some(confirmation.tries_left())
}

#[test]
fn the_right_code_makes_it_approved_with_what_was_granted() {
    let unconfirmed = unconfirmed();
    let confirmed = unconfirmed.confirm(&[Scenario::CONFIRMATION], at(30));
    assert_eq!(confirmed, Ok(Some(Scenario::at(Stage::Approved))));
}

#[test]
fn a_code_under_a_previous_key_is_judged_like_one_under_the_current() {
    let under_both = [digest(0x11), Scenario::CONFIRMATION];
    let confirmed = unconfirmed().confirm(&under_both, at(30)).unwrap().unwrap();
    assert_eq!(confirmed.answer(at(30)), Answer::Redeem);
    let wrong = sent(&unconfirmed(), [0x01]);
    let again = wrong.confirm(&[digest(0x22), digest(0x01)], at(31));
    assert_eq!(again, Ok(None));
}

#[test]
fn no_code_and_no_lease_changes_an_unconfirmed_approval() {
    let grant = unconfirmed();
    assert_eq!(grant.confirm(&[], at(30)), Ok(None));
    assert!(grant.lease(fence(1), at(30), Scenario::LEASE, &[]).is_err());
    assert_eq!(tries_left(&grant), Some(3));
}

#[test]
fn each_wrong_code_takes_a_try_and_the_right_one_is_taken_up_to_the_last() {
    let one = sent(&unconfirmed(), [1]);
    let two = sent(&one, [2]);
    assert_eq!((tries_left(&one), tries_left(&two)), (Some(2), Some(1)));
    assert_eq!(sent(&two, [0xc0]).answer(at(30)), Answer::Redeem);
}

#[test]
fn a_wrong_code_that_is_sent_again_takes_no_other_try() {
    assert_eq!(
        tries_left(&sent(&unconfirmed(), [1, 1, 1, 1, 2, 1, 2])),
        Some(1)
    );
}

#[test]
fn the_last_wrong_code_refuses_and_leaves_the_decision_as_it_was() {
    let before = unconfirmed();
    let refused = sent(&before, [1, 2, 3]);
    assert_eq!(
        refused.answer(at(30)),
        Answer::Refused(&ErrorResponse::access_denied())
    );
    assert_eq!(refused.state().granted(), before.state().granted());
    assert!(refused.confirm(&[Scenario::CONFIRMATION], at(30)).is_err());
}

#[test]
fn confirmation_ends_with_the_codes_and_with_the_window() {
    let grant = unconfirmed();
    let right = [Scenario::CONFIRMATION];
    let last = at_micros(LIFETIME * SECOND - 1);
    assert!(grant.confirm(&right, last).is_ok());
    assert!(grant.confirm(&right, at(LIFETIME)).is_err());
    assert_eq!(grant.answer(at(LIFETIME)), Answer::Expired);
    let window = Duration::from_secs(60);
    assert!(grant.lapse(window, at(79)).is_err());
    let lapsed = grant.lapse(window, at(80)).unwrap();
    assert!(matches!(lapsed.state(), State::Lapsed { .. }));
    assert!(lapsed.confirm(&right, at(80)).is_err());
}

#[test]
fn digests_do_not_show_more_than_their_first_bytes() {
    let shown = format!("{:?}", unconfirmed());
    assert!(shown.contains("ConfirmationDigest(c0c0c0c0..)"), "{shown}");
}
