use super::*;
use crate::message::{ErrorCode, ErrorResponse};

fn lease_of(grant: &Grant) -> Lease {
    let State::Redeeming { lease, .. } = grant.state() else {
        panic!("{} is not leased", grant.state().name());
    };
    *lease
}

#[test]
fn an_attempt_begins_with_a_lease_of_the_given_length() {
    let grant = Scenario::at(Stage::Approved)
        .lease(fence(7), at(30), Scenario::LEASE, &[])
        .unwrap();
    let lease = lease_of(&grant);
    assert_eq!(lease.attempt, Attempt::new(fence(7), 1));
    assert_eq!((lease.begun, lease.until), (at(30), at(60)));
}

#[test]
fn attempts_are_numbered_through_leases_that_ran_out_and_ones_given_back() {
    let first = Scenario::at(Stage::LeaseOver);
    let second = first
        .lease(fence(2), at(590), Scenario::LEASE, &[])
        .unwrap();
    assert_eq!(lease_of(&second).attempt.ordinal, 2);
    let given_back = second
        .abandon(lease_of(&second).attempt, at(580), None, None)
        .unwrap();
    let third = given_back
        .lease(fence(3), at(591), Scenario::LEASE, &[])
        .unwrap();
    assert_eq!(lease_of(&third).attempt.ordinal, 3);
}

#[test]
fn the_number_of_attempts_does_not_overflow() {
    let grant = Scenario::at(Stage::Approved);
    let granted = grant.state().granted().unwrap();
    let worn = grant.with_state(State::Approved {
        granted: std::sync::Arc::clone(granted),
        attempts: u32::MAX,
        pause: None,
    });
    let leased = worn.lease(fence(1), at(30), Scenario::LEASE, &[]).unwrap();
    assert_eq!(lease_of(&leased).attempt.ordinal, u32::MAX);
}

#[test]
fn nobody_else_can_begin_while_a_lease_lasts() {
    let grant = Scenario::at(Stage::LeaseOver);
    let second = |now| grant.lease(fence(2), now, Scenario::LEASE, &[]).is_ok();
    assert!(!second(at(560)));
    assert!(!second(at_micros(590 * SECOND - 1)));
    assert!(second(at(590)));
}

#[test]
fn a_clock_set_back_ends_a_lease() {
    let grant = Scenario::at(Stage::LeaseOver);
    let before = at_micros(559 * SECOND - 1);
    assert!(grant.lease(fence(2), before, Scenario::LEASE, &[]).is_ok());
    assert!(grant.commit(Scenario::ATTEMPT, before).is_err());
}

#[test]
fn a_clock_that_is_a_little_behind_takes_no_lease() {
    let grant = Scenario::at(Stage::LeaseOver);
    let behind = at_micros(559 * SECOND);
    assert!(grant.lease(fence(2), behind, Scenario::LEASE, &[]).is_err());
    assert!(grant.commit(Scenario::ATTEMPT, behind).is_ok());
}

#[test]
fn an_attempt_begins_until_the_last_microsecond_before_expiry() {
    let begin = |now| {
        Scenario::at(Stage::Approved)
            .lease(fence(1), now, Scenario::LEASE, &[])
            .map(|_| ())
    };
    assert_eq!(begin(at_micros(LIFETIME * SECOND - 1)), Ok(()));
    let refused = begin(at(LIFETIME)).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "a grant that is expired cannot be redeemed"
    );
}

#[test]
fn a_lease_begun_before_expiry_commits_until_it_ends() {
    let grant = Scenario::at(Stage::Leased);
    let commits = |now| grant.commit(Scenario::ATTEMPT, now).is_ok();
    assert!(commits(at(590)));
    assert!(commits(at(LIFETIME)));
    assert!(commits(at_micros(620 * SECOND - 1)));
    assert!(!commits(at(620)));
}

#[test]
fn no_attempt_begins_after_expiry_though_a_lease_was_begun_before() {
    let grant = Scenario::at(Stage::Leased);
    assert!(
        grant
            .lease(fence(2), at(620), Scenario::LEASE, &[])
            .is_err()
    );
    let given_back = grant
        .abandon(Scenario::ATTEMPT, at(591), None, None)
        .unwrap();
    assert!(
        given_back
            .lease(fence(2), at(601), Scenario::LEASE, &[])
            .is_err()
    );
}

#[test]
fn a_commit_says_which_attempt_and_when_and_keeps_what_was_granted() {
    let leased = Scenario::at(Stage::Leased);
    let redeemed = leased.commit(Scenario::ATTEMPT, at(595)).unwrap();
    let State::Redeemed {
        attempt,
        at: when,
        granted,
        resources: _,
    } = redeemed.state()
    else {
        panic!("{redeemed:?}");
    };
    assert_eq!((*attempt, *when), (Scenario::ATTEMPT, at(595)));
    assert_eq!(Some(granted), leased.state().granted());
}

#[test]
fn an_attempt_that_lost_its_lease_can_do_nothing_any_more() {
    let taken_over = Scenario::at(Stage::LeaseOver)
        .lease(fence(2), at(590), Scenario::LEASE, &[])
        .unwrap();
    let late = Scenario::ATTEMPT;
    assert!(taken_over.commit(late, at(591)).is_err());
    assert!(taken_over.abandon(late, at(591), None, None).is_err());
    assert!(
        taken_over
            .refuse(late, ErrorResponse::access_denied(), at(591))
            .is_err()
    );
}

#[test]
fn a_lease_given_back_keeps_what_was_granted() {
    let leased = Scenario::at(Stage::LeaseOver);
    let given_back = leased
        .abandon(Scenario::ATTEMPT, at(561), None, None)
        .unwrap();
    assert_eq!(given_back.state().granted(), leased.state().granted());
}

#[test]
fn a_refusal_is_kept_with_its_words_and_what_was_granted() {
    let refusal = ErrorResponse::access_denied().with_description("The account is locked.");
    let leased = Scenario::at(Stage::Leased);
    let refused = leased
        .refuse(Scenario::ATTEMPT, refusal.clone(), at(595))
        .unwrap();
    let State::Refused {
        refusal: stored,
        at: when,
        granted,
    } = refused.state()
    else {
        panic!("{refused:?}");
    };
    assert_eq!((stored, *when), (&refusal, at(595)));
    assert_eq!(Some(granted), leased.state().granted());
}

#[test]
fn a_refusal_never_asks_the_device_to_go_on_polling() {
    for code in [ErrorCode::AuthorizationPending, ErrorCode::SlowDown] {
        let mut refusal = ErrorResponse::new(code).with_description("Later.");
        refusal.retry_after = Some(Duration::from_secs(1));
        let kept = ErrorResponse::access_denied().with_description("Later.");
        assert_eq!(refusal.into_refusal(), kept);
    }
    let mut refusal = ErrorResponse::new(ErrorCode::InvalidGrant);
    refusal.error_uri = Some("https://id.example/locked".to_owned());
    assert_eq!(refusal.clone().into_refusal(), refusal);
}

#[test]
fn leases_at_the_ends_of_time_do_not_overflow() {
    for begun in [Timestamp::MIN, Timestamp::MAX] {
        for length in [Duration::ZERO, Duration::MAX] {
            let lease = Lease::begin(Scenario::ATTEMPT, begun, length);
            assert!(!lease.is_live(lease.until));
            assert_eq!(lease.is_live(begun), lease.until > begun);
        }
    }
}

/// Returns the milliseconds until the next attempt may begin, after the `n`th one ended at `ended` with `retry_after`.
fn pause_after(n: u32, ended: i64, retry_after: Option<u64>) -> i64 {
    let granted = std::sync::Arc::clone(Scenario::at(Stage::Approved).state().granted().unwrap());
    let grant = Scenario::at(Stage::Approved).with_state(State::Approved {
        granted,
        attempts: n - 1,
        pause: None,
    });
    let leased = grant
        .lease(fence(1), at(ended), Scenario::LEASE, &[])
        .unwrap();
    let retry_after = retry_after.map(Duration::from_secs);
    let paused = leased
        .abandon(Attempt::new(fence(1), n), at(ended), retry_after, None)
        .unwrap();
    let until = paused.pause().unwrap().until;
    assert!(matches!(
        paused.answer(until - Duration::from_micros(1)),
        Answer::Paused(_)
    ));
    assert!(!matches!(paused.answer(until), Answer::Paused(_)));
    until.micros_since(at(ended)) / 1_000
}

#[test]
fn pauses_begin_just_below_the_interval_and_double_to_a_minute() {
    let pauses = [1, 2, 3, 4, 5, 6, u32::MAX].map(|n| pause_after(n, 100, None));
    assert_eq!(
        pauses,
        [4_500, 9_000, 18_000, 36_000, 60_000, 60_000, 60_000]
    );
}

#[test]
fn an_issuer_that_says_when_to_come_back_is_not_asked_before() {
    assert_eq!(pause_after(1, 100, Some(90)), 90_000);
    assert_eq!(pause_after(9, 100, Some(7)), 7_000);
    // Not even if it says "at once": a device in haste would ask it with every poll.
    assert_eq!(pause_after(1, 100, Some(0)), 4_500);
}

#[test]
fn no_pause_takes_the_last_minute_of_the_lifetime() {
    assert_eq!(pause_after(1, 100, Some(3_600)), 440_000);
    assert_eq!(pause_after(9, 520, None), 20_000);
    assert_eq!(pause_after(9, 550, None), 4_500);
    assert_eq!(pause_after(1, 590, Some(u64::MAX)), 4_500);
}

#[test]
fn no_pause_outlives_the_approval() {
    let leased = Scenario::at(Stage::LeaseOver);
    for window in [0, 541, 543, 600, u64::MAX] {
        let window = Duration::from_secs(window);
        let end = leased.ends_at(Some(window));
        assert_eq!(end, (at(20) + window).min(at(LIFETIME)));
        for retry_after in [None, Some(Duration::from_secs(500)), Some(Duration::MAX)] {
            let given_back = leased
                .abandon(Scenario::ATTEMPT, at(561), retry_after, Some(window))
                .unwrap();
            let pause = given_back.pause().unwrap();
            assert!(pause.until <= end, "{window:?}, {retry_after:?}: {pause:?}");
        }
    }
}

#[test]
fn an_approval_lapses_at_the_end_of_the_window_unless_an_attempt_is_under_way() {
    let window = Duration::from_secs(560);
    let lapses = |stage, now| Scenario::at(stage).lapse(window, now).is_ok();
    assert!(!lapses(Stage::Approved, at_micros(580 * SECOND - 1)));
    assert!(lapses(Stage::Approved, at(580)));
    assert!(!lapses(Stage::LeaseOver, at(580)), "its lease is live");
    assert!(lapses(Stage::LeaseOver, at(590)));
    assert!(!lapses(Stage::Leased, at(595)), "its lease is live");
    for stage in [
        Stage::Unreviewed,
        Stage::Reviewed,
        Stage::Denied,
        Stage::Redeemed,
    ] {
        assert!(!lapses(stage, at(599)), "{stage:?}");
    }
    let paused = Scenario::at(Stage::LeaseOver)
        .abandon(Scenario::ATTEMPT, at(561), Some(Duration::MAX), None)
        .unwrap();
    let lapsed = paused.lapse(window, at(580)).unwrap();
    assert_eq!(lapsed.answer(at(580)), Answer::Lapsed);
    let granted = paused.state().granted();
    assert_eq!(lapsed.state().granted(), granted);
}

#[test]
fn a_host_that_refuses_with_expired_token_has_refused() {
    let refusal = ErrorResponse::new(ErrorCode::ExpiredToken);
    let leased = Scenario::at(Stage::Leased);
    let refused = leased
        .refuse(Scenario::ATTEMPT, refusal.clone(), at(595))
        .unwrap();
    assert_eq!(refused.answer(at(596)), Answer::Refused(&refusal));
}

#[test]
fn no_attempt_begins_during_a_pause_and_a_clock_set_back_ends_it() {
    let paused = Scenario::at(Stage::LeaseOver)
        .abandon(
            Scenario::ATTEMPT,
            at(500),
            Some(Duration::from_secs(30)),
            None,
        )
        .unwrap();
    let begins = |now| paused.lease(fence(2), now, Scenario::LEASE, &[]).is_ok();
    assert!(begins(at_micros(499 * SECOND - 1)));
    assert!(!begins(at(499)));
    assert!(!begins(at_micros(530 * SECOND - 1)));
    assert!(begins(at(530)));
}
