use super::*;

fn claim_of(grant: &Grant) -> &Claim {
    let State::Pending {
        review: Some(claim),
    } = grant.state()
    else {
        panic!("{} is not under review", grant.state().name());
    };
    claim
}

/// A claim by `who`, which has to lead to a new grant.
fn reclaimed(grant: &Grant, who: &Reviewer, arrival: Arrival, now: Timestamp) -> Grant {
    grant
        .claim(who, arrival, nonce(0xcc), now, REVIEW)
        .unwrap()
        .next
        .expect("a claim to be written")
}

#[test]
fn a_claim_remembers_who_how_and_when() {
    let grant = reclaimed(
        &Scenario::at(Stage::Unreviewed),
        &alice(),
        Arrival::Link,
        at(7),
    );
    let expected = Claim::new(alice(), nonce(0xcc), Arrival::Link, at(7));
    assert_eq!(*claim_of(&grant), expected);
}

#[test]
fn the_claim_that_is_returned_is_the_one_to_be_written() {
    let claimed = Scenario::at(Stage::Unreviewed)
        .claim(&alice(), Arrival::Typed, nonce(1), at(7), REVIEW)
        .unwrap();
    assert_eq!(*claimed.claim, *claim_of(&claimed.next.unwrap()));
}

#[test]
fn a_second_tab_gets_the_ticket_of_the_first_and_writes_nothing() {
    let claimed = Scenario::at(Stage::Reviewed)
        .claim(&alice(), Arrival::Typed, nonce(0xcc), at(30), REVIEW)
        .unwrap();
    assert_eq!(claimed.claim.nonce, Scenario::NONCE);
    assert!(claimed.next.is_none());
}

#[test]
fn a_new_session_of_the_same_end_user_gets_a_ticket_of_its_own() {
    let phone = reviewer("alice", "phone");
    let grant = reclaimed(
        &Scenario::at(Stage::Reviewed),
        &phone,
        Arrival::Typed,
        at(30),
    );
    assert_eq!(claim_of(&grant).nonce, nonce(0xcc));
    assert_eq!(
        grant.decidable(&alice(), Scenario::NONCE, at(31), REVIEW),
        Err(DecisionRefused::NotTheirs)
    );
}

#[test]
fn a_visitor_without_a_session_is_not_one_with_a_session() {
    let nowhere = Reviewer::new("alice", None);
    let grant = reclaimed(
        &Scenario::at(Stage::Reviewed),
        &nowhere,
        Arrival::Typed,
        at(30),
    );
    assert_eq!(claim_of(&grant).reviewer, nowhere);
}

#[test]
fn a_review_that_is_too_old_is_begun_anew() {
    let longest = Duration::from_secs(60);
    let grant = Scenario::at(Stage::Reviewed);
    let again = |now| {
        grant
            .claim(&alice(), Arrival::Typed, nonce(0xcc), now, longest)
            .unwrap()
            .claim
            .nonce
    };
    assert_eq!(again(at(70)), Scenario::NONCE, "exactly 60 s old");
    assert_eq!(again(at_micros(70 * SECOND + 1)), nonce(0xcc));
}

#[test]
fn a_clock_set_back_far_makes_a_review_too_old() {
    let longest = Duration::from_secs(60);
    let grant = Scenario::at(Stage::Reviewed);
    let decidable = |now| grant.decidable(&alice(), Scenario::NONCE, now, longest);
    assert!(decidable(at(-50)).is_ok());
    assert_eq!(
        decidable(at_micros(-50 * SECOND - 1)),
        Err(DecisionRefused::Stale)
    );
}

#[test]
fn a_link_stays_a_link_when_the_code_is_then_typed() {
    let by_link = reclaimed(
        &Scenario::at(Stage::Unreviewed),
        &alice(),
        Arrival::Link,
        at(5),
    );
    let claimed = by_link
        .claim(&alice(), Arrival::Typed, nonce(1), at(6), REVIEW)
        .unwrap();
    assert_eq!(claimed.claim.arrival, Arrival::Link);
    assert!(claimed.next.is_none());
}

#[test]
fn a_link_stays_a_link_in_a_new_session_of_the_same_end_user() {
    let by_link = reclaimed(
        &Scenario::at(Stage::Unreviewed),
        &alice(),
        Arrival::Link,
        at(5),
    );
    let phone = reviewer("alice", "phone");
    let typed = reclaimed(&by_link, &phone, Arrival::Typed, at(6));
    assert_eq!(claim_of(&typed).arrival, Arrival::Link);
}

#[test]
fn a_link_stays_a_link_when_the_review_is_begun_anew() {
    let by_link = reclaimed(
        &Scenario::at(Stage::Unreviewed),
        &alice(),
        Arrival::Link,
        at(5),
    );
    let again = by_link
        .claim(
            &alice(),
            Arrival::Typed,
            nonce(1),
            at(100),
            Duration::from_secs(60),
        )
        .unwrap();
    assert_eq!(again.claim.nonce, nonce(1));
    assert_eq!(again.claim.arrival, Arrival::Link);
}

#[test]
fn a_typed_code_becomes_a_link_and_keeps_its_ticket() {
    let grant = reclaimed(
        &Scenario::at(Stage::Reviewed),
        &alice(),
        Arrival::Link,
        at(30),
    );
    assert_eq!(claim_of(&grant).arrival, Arrival::Link);
    assert_eq!(claim_of(&grant).nonce, Scenario::NONCE);
    assert_eq!(
        claim_of(&grant).at,
        at(10),
        "the review does not begin anew"
    );
}

#[test]
fn another_end_user_can_take_over_what_can_no_longer_be_decided() {
    let longest = Duration::from_secs(60);
    let grant = Scenario::at(Stage::Reviewed);
    let bob = reviewer("bob", "laptop");
    let claim = |now| grant.claim(&bob, Arrival::Typed, nonce(1), now, longest);
    assert_eq!(claim(at(70)).unwrap_err(), ClaimRefused::ClaimedByAnother);
    for over in [
        at_micros(70 * SECOND + 1),
        at(599),
        at_micros(-50 * SECOND - 1),
    ] {
        let theirs = claim(over).unwrap().next.unwrap();
        let decidable = |who, nonce| theirs.decidable(who, nonce, over, longest).is_ok();
        assert!(decidable(&bob, nonce(1)), "{over:?}");
        assert!(!decidable(&alice(), Scenario::NONCE), "{over:?}");
    }
}

#[test]
fn another_end_user_can_take_over_what_was_released() {
    let released = Scenario::at(Stage::Reviewed)
        .release(&alice(), Scenario::NONCE)
        .unwrap();
    let bob = reviewer("bob", "laptop");
    let grant = reclaimed(&released, &bob, Arrival::Typed, at(30));
    assert_eq!(claim_of(&grant).reviewer, bob);
}

/// A phisher may have sent the link to somebody who then typed the code.
#[test]
fn a_code_that_came_by_a_link_did_so_after_a_release_too() {
    let linked = reclaimed(
        &Scenario::at(Stage::Unreviewed),
        &alice(),
        Arrival::Link,
        at(20),
    );
    let nonce = claim_of(&linked).nonce;
    let released = linked.release(&alice(), nonce).unwrap();
    for stored in [
        released.clone(),
        Grant::from_body(&released.to_body(), Columns::of(released.facts())).unwrap(),
    ] {
        for who in [alice(), reviewer("bob", "laptop")] {
            let grant = reclaimed(&stored, &who, Arrival::Typed, at(30));
            assert_eq!(claim_of(&grant).reviewer, who);
            assert_eq!(claim_of(&grant).arrival, Arrival::Link);
        }
        let decidable = stored.decidable(&alice(), nonce, at(30), REVIEW);
        assert_eq!(decidable, Err(DecisionRefused::NotTheirs));
        assert!(!format!("{:?}", stored.state()).contains("alice"));
    }
}

#[test]
fn a_ticket_is_worth_nothing_after_its_release() {
    let released = Scenario::at(Stage::Reviewed)
        .release(&alice(), Scenario::NONCE)
        .unwrap();
    let decidable = released.decidable(&alice(), Scenario::NONCE, at(30), REVIEW);
    assert_eq!(decidable, Err(DecisionRefused::NotTheirs));
}

#[test]
fn only_the_expected_end_user_can_review() {
    let grant = Scenario::new()
        .expecting("alice")
        .taken_to(Stage::Unreviewed);
    let by = |who| {
        grant
            .claim(&who, Arrival::Typed, nonce(1), at(5), REVIEW)
            .map(|_| ())
    };
    assert_eq!(
        by(reviewer("bob", "laptop")),
        Err(ClaimRefused::UnexpectedSubject)
    );
    assert_eq!(by(alice()), Ok(()));
}

#[test]
fn an_unexpected_end_user_is_told_no_more_than_that_the_grant_is_over() {
    for stage in [Stage::Approved, Stage::Denied, Stage::RevokedBefore] {
        let claimed = Scenario::new().expecting("alice").taken_to(stage).claim(
            &reviewer("bob", "laptop"),
            Arrival::Typed,
            nonce(1),
            at(30),
            REVIEW,
        );
        assert_eq!(claimed.unwrap_err(), ClaimRefused::NotLive, "{stage:?}");
    }
}

#[test]
fn no_nonce_is_ever_shown() {
    let grant = Scenario::at(Stage::Reviewed);
    assert!(!format!("{grant:?}").contains("170, 170"));
    assert_eq!(format!("{:?}", Scenario::NONCE), "Nonce(redacted)");
}
