//! Two calls at a time: the second one runs to its end between any two store calls of the first.

use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use device_grant::device_grants::Revocation;
use device_grant::testing::{Disruption, Occasion, Poll, Script, StepError};

use super::{INTERVAL, LEASE, LIFETIME, SECOND, Server, Test};

/// More store calls than any step makes.
const CALLS: usize = 9;

/// Makes something happen during a store call of the first operation.
fn meanwhile(server: &Server, call: usize, happens: impl Fn() + Send + Sync + 'static) {
    let happens = Disruption::meanwhile(happens);
    server.store.disrupt(Occasion::nth(call), happens);
}

#[test]
fn a_poll_within_a_poll_yields_one_set_of_tokens() -> Test {
    for call in 1..=CALLS {
        for pause in [Duration::ZERO, LEASE - SECOND, LEASE] {
            for script in [Script::Tokens, Script::Unavailable, Script::Hang] {
                let what = format!("at call {call}, after {pause:?}, {script:?} first");
                let server = Server::new([script]);
                let tv = server.approved_device();
                let (twin, clock) = (tv.clone(), server.t.clock().clone());
                meanwhile(&server, call, move || {
                    clock.advance(pause);
                    let _ = twin.poll().unwrap();
                });
                let _ = tv.poll()?;
                server.store.heal();
                while tv.token_sets() == 0 {
                    server.t.advance(INTERVAL);
                    let later = tv.poll()?;
                    assert!(
                        !matches!(later, Poll::InvalidGrant | Poll::Expired),
                        "{what}"
                    );
                }
                assert_eq!(tv.token_sets(), 1, "{what}");
                assert_eq!(tv.poll()?, Poll::InvalidGrant, "{what}");
            }
        }
    }
    Ok(())
}

#[test]
fn a_poll_whose_lease_ran_out_discards_what_it_issued() -> Test {
    let server = Server::new([]);
    let tv = server.approved_device();
    let (twin, clock) = (tv.clone(), server.t.clock().clone());
    server.issuer.then(Script::meanwhile(move |_| {
        clock.advance(LEASE);
        assert_eq!(twin.poll(), Ok(Poll::Tokens));
    }));
    assert_eq!(tv.poll()?, Poll::Pending);
    assert_eq!(tv.poll()?, Poll::InvalidGrant);
    assert_eq!(tv.tokens().unwrap().access_token, "token-1");
    let discarded = server.issuer.discarded();
    assert_eq!(discarded.len(), 1);
    assert_eq!(discarded[0].access_token, "token-2");
    assert_eq!(discarded[0].ordinal, 1);
    Ok(())
}

#[test]
fn a_late_attempt_discards_what_it_issued_though_the_store_is_away() -> Test {
    const AFTER_THE_LEASE: usize = 3;
    let server = Server::new([Script::Late(LEASE)]);
    let tv = server.approved_device();
    for call in AFTER_THE_LEASE..CALLS {
        let occasion = Occasion::nth(call);
        server.store.disrupt(occasion, Disruption::FailBefore);
    }
    assert_eq!(tv.poll()?, Poll::Pending);
    // It never tried to commit, so nothing is unknown.
    assert_eq!(server.t.events().count("commit_unknown"), 0);
    assert_eq!(server.issuer.discarded().len(), 1);
    server.store.heal();
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

#[test]
fn a_clock_set_back_while_tokens_are_issued_neither_freezes_nor_doubles() -> Test {
    for by in [Duration::from_millis(1), LEASE, LIFETIME] {
        for call in 1..=CALLS {
            let server = Server::new([]);
            let tv = server.approved_device();
            let clock = server.t.clock().clone();
            meanwhile(&server, call, move || clock.set_back(by));
            let what = format!("{by:?} at call {call}");
            // Only what looks late is tried again, and not within the same request.
            let mut polled = tv.poll()?;
            if polled == Poll::Pending && by > SECOND {
                polled = tv.poll()?;
            }
            assert_eq!(polled, Poll::Tokens, "{what}");
            assert_eq!(tv.poll()?, Poll::InvalidGrant, "{what}");
        }
    }
    Ok(())
}

#[test]
fn a_grant_that_expires_during_a_redemption_ends_with_one_answer_for_all() -> Test {
    for call in 1..=CALLS {
        let server = Server::new([]);
        let tv = server.approved_device();
        server.t.advance(LIFETIME - SECOND);
        let clock = server.t.clock().clone();
        meanwhile(&server, call, move || clock.advance(SECOND));
        let first = tv.poll()?;
        let then = if first == Poll::Tokens {
            Poll::InvalidGrant
        } else {
            Poll::Expired
        };
        assert!(
            matches!(first, Poll::Tokens | Poll::Expired),
            "{first:?} at call {call}"
        );
        assert_eq!(tv.poll()?, then, "at call {call}");
    }
    Ok(())
}

#[test]
fn a_revocation_within_a_poll_comes_before_the_tokens_or_after_them() -> Test {
    for call in 1..=CALLS {
        let server = Server::new([]);
        let tv = server.approved_device();
        let (t, id) = (server.t.clone(), tv.grant_id());
        meanwhile(&server, call, move || {
            let _ = t.revoke(&id).unwrap();
        });
        let first = tv.poll()?;
        let grant = server.grant_of(&tv);
        let revoked = grant.state == "revoked" && grant.attempt.is_none();
        let expected = if revoked { Poll::Denied } else { Poll::Tokens };
        assert_eq!(first, expected, "at call {call}");
        let delivered = tv.token_sets();
        let dead = server.issuer.issued().len() - delivered;
        assert_eq!(server.issuer.discarded().len(), dead, "at call {call}");
    }
    Ok(())
}

#[test]
fn a_cancellation_within_a_redemption_withdraws_no_issued_tokens() -> Test {
    for call in 1..=CALLS {
        let server = Server::new([]);
        let tv = server.approved_device();
        let twin = tv.clone();
        meanwhile(&server, call, move || {
            let _ = twin.poll().unwrap();
        });
        let cancelled = tv.cancel()?;
        server.store.heal();
        let redeemed = tv.token_sets() == 1;
        let expected = if redeemed {
            Revocation::NothingToRevoke
        } else {
            Revocation::BeforeRedemption
        };
        assert_eq!(cancelled, expected, "at call {call}");
    }
    Ok(())
}

#[test]
fn an_approval_within_a_poll_is_not_lost() -> Test {
    for call in 1..=CALLS {
        for pace in [Duration::ZERO, SECOND, INTERVAL] {
            let server = Server::new([]);
            let tv = server.t.device("tv").authorize("openid")?;
            assert_eq!(tv.poll()?, Poll::Pending);
            server.t.advance(pace);
            let alice = server.t.visitor("alice");
            let review = alice.review(&tv)?;
            meanwhile(&server, call, move || alice.approve(&review).unwrap());
            if tv.poll()? != Poll::Tokens && call == 1 {
                assert_eq!(tv.poll()?, Poll::Tokens, "at call {call}");
            }
        }
    }
    Ok(())
}

#[test]
fn polls_within_an_approval_do_not_undo_it() -> Test {
    for call in 1..=CALLS {
        let server = Server::new([]);
        let tv = server.t.device("tv").authorize("openid")?;
        let alice = server.t.visitor("alice");
        let review = alice.review(&tv)?;
        let twin = tv.clone();
        meanwhile(&server, call, move || {
            for _ in 0..3 {
                let _ = twin.poll().unwrap();
            }
        });
        alice.approve(&review)?;
        server.store.heal();
        assert_eq!(tv.poll()?, Poll::Tokens, "at call {call}");
    }
    Ok(())
}

#[test]
fn of_an_approval_and_a_denial_at_once_one_counts() -> Test {
    for call in 1..=CALLS {
        let server = Server::new([]);
        let tv = server.t.device("tv").authorize("openid")?;
        let alice = server.t.visitor("alice");
        let review = alice.review(&tv)?;
        let (same, tab) = (alice.clone(), review.clone());
        server.store.forget_calls();
        meanwhile(&server, call, move || same.deny(&tab).unwrap());
        let approved = alice.approve(&review);
        let was_reached = server.store.calls().len() >= call;
        let expected = if was_reached {
            (
                Err(StepError::AlreadyDecided { approved: false }),
                Poll::Denied,
            )
        } else {
            (Ok(()), Poll::Tokens)
        };
        server.store.heal();
        assert_eq!((approved, tv.poll()?), expected, "at call {call}");
    }
    Ok(())
}

#[test]
fn a_double_click_within_an_approval_is_no_error() -> Test {
    for call in 1..=2 {
        let server = Server::new([]);
        let tv = server.t.device("tv").authorize("openid")?;
        let alice = server.t.visitor("alice");
        let review = alice.review(&tv)?;
        let (same, tab) = (alice.clone(), review.clone());
        meanwhile(&server, call, move || same.approve(&tab).unwrap());
        assert_eq!(alice.approve(&review), Ok(()), "at call {call}");
        assert_eq!(server.t.events().count("approved"), 1, "at call {call}");
    }
    Ok(())
}

#[test]
fn of_two_users_who_enter_a_code_at_once_one_reviews() -> Test {
    for call in 1..=3 {
        let server = Server::new([]);
        let tv = server.t.device("tv").authorize("openid")?;
        let (bob, twin) = (server.t.visitor("bob"), tv.clone());
        meanwhile(&server, call, move || _ = bob.review(&twin).unwrap());
        let alice = server.t.visitor("alice").review(&tv);
        let was_reached = server.t.events().all()[1].subject == Some("bob".into());
        assert_eq!(alice.is_err(), was_reached, "at call {call}");
        assert_eq!(server.t.events().count("reviewed"), 1, "at call {call}");
    }
    Ok(())
}

#[test]
fn sixty_four_polls_at_once_yield_one_set_of_tokens() -> Test {
    for _ in 0..20 {
        let server = Server::new([]);
        let tv = server.approved_device();
        let answers = at_once((0..64).map(|_| {
            let tv = tv.clone();
            move || tv.poll().unwrap()
        }));
        let tokens = answers.iter().filter(|poll| **poll == Poll::Tokens);
        assert_eq!(tokens.count(), 1);
        assert!(
            answers
                .iter()
                .all(|poll| matches!(poll, Poll::Tokens | Poll::Pending | Poll::InvalidGrant))
        );
        assert_eq!(
            server.issuer.issued().len(),
            1 + server.issuer.discarded().len()
        );
    }
    Ok(())
}

#[test]
fn sixty_four_polls_around_an_approval_lose_nothing() -> Test {
    for _ in 0..20 {
        let server = Server::new([]);
        let tv = server.t.device("tv").authorize("openid")?;
        let alice = server.t.visitor("alice");
        let review = alice.review(&tv)?;
        let polls = (0..64).map(|n| {
            let (tv, alice, review) = (tv.clone(), alice.clone(), review.clone());
            move || {
                if n == 32 {
                    alice.approve(&review).unwrap();
                }
                tv.poll().unwrap()
            }
        });
        let answers = at_once(polls);
        let tokens = answers.iter().filter(|poll| **poll == Poll::Tokens).count();
        let late = usize::from(tv.poll()? == Poll::Tokens);
        assert_eq!(tokens + late, 1);
    }
    Ok(())
}

/// Runs all of them on threads of their own, released together.
fn at_once<T: Send + 'static>(
    racers: impl Iterator<Item = impl FnOnce() -> T + Send + 'static>,
) -> Vec<T> {
    let racers: Vec<_> = racers.collect();
    let barrier = Arc::new(Barrier::new(racers.len()));
    let threads: Vec<_> = racers
        .into_iter()
        .map(|racer| {
            let barrier = Arc::clone(&barrier);
            thread::spawn(move || {
                barrier.wait();
                racer()
            })
        })
        .collect();
    threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .collect()
}
