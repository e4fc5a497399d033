use device_grant::code::{UserCodeError, UserCodeFormat};
use device_grant::grant::Arrival;
use device_grant::host::{Client, Terms};
use device_grant::testing::{Disruption, FailingEntropy, Occasion, Poll, StepError, StoreCall};

use super::{LIFETIME, SECOND, Server, Test};

const UNKNOWN: StepError = StepError::UnknownUserCode;

#[test]
fn a_code_is_found_however_it_is_typed() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    let plain = tv.user_code().replace('-', "");
    let full_width: String = plain
        .chars()
        .filter_map(|c| char::from_u32(u32::from(c) + 0xFEE0))
        .collect();
    let spellings = [
        plain.clone(),
        plain.to_lowercase(),
        full_width,
        format!(" {plain}. "),
    ];
    for (n, spelling) in spellings.iter().enumerate() {
        let alice = server.t.visitor("alice").source(&n.to_string());
        assert_eq!(
            alice.type_code(spelling)?.grant.id,
            tv.grant_id(),
            "{spelling}"
        );
    }
    Ok(())
}

#[test]
fn a_review_in_a_log_names_grant_and_client_and_no_secret() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    let review = server.t.visitor("alice").review(&tv)?;
    let id = tv.grant_id();
    assert_eq!(
        review.to_string(),
        format!("review of grant {id} for client tv")
    );
    Ok(())
}

/// An empty text stands for nobody wherever grants are kept: such an approval could never be listed or revoked.
#[test]
fn a_visitor_without_a_name_reviews_nothing() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    let refused = server.t.visitor("").review(&tv).err();
    assert!(refused.is_some_and(|error| error.is_fault()));
    let event = server.t.events().last().unwrap();
    assert_eq!(event.kind.name(), "fault");
    assert!(event.to_string().contains("visitors"), "{event}");
    // The request is left to everybody else.
    server.t.visitor("alice").approve(&tv)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

#[test]
fn a_mistyped_code_is_told_and_neither_looked_up_nor_charged() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    let alice = server.t.visitor("alice");
    server.store.forget_calls();
    for _ in 0..100 {
        assert!(matches!(
            alice.type_code("WDJB-MJH").err(),
            Some(StepError::Mistyped(UserCodeError::WrongLength {
                shortest: 8,
                longest: 12,
                actual: 7,
                ..
            }))
        ));
        let foreign = UserCodeError::ForeignCharacter;
        assert_eq!(
            alice.type_code("WDJB-MJHÄ").err(),
            Some(StepError::Mistyped(foreign))
        );
    }
    assert_eq!(server.store.calls(), []);
    alice.review(&tv)?;
    Ok(())
}

#[test]
fn an_unknown_code_is_unknown() {
    let server = Server::new([]);
    assert_eq!(
        server.t.visitor("alice").type_code("WDJB-MJHT").err(),
        Some(UNKNOWN)
    );
    assert_eq!(server.t.events().names(), ["unknown_user_code"]);
}

#[test]
fn a_code_is_unknown_from_its_expiry_on() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    server.t.advance(LIFETIME - SECOND);
    let alice = server.t.visitor("alice");
    let review = alice.review(&tv)?;
    server.t.advance(SECOND);
    assert_eq!(alice.review(&tv).err(), Some(UNKNOWN));
    assert_eq!(alice.approve(&review), Err(StepError::TicketRefused));
    assert_eq!(tv.poll()?, Poll::Expired);
    Ok(())
}

#[test]
fn a_code_that_was_used_is_unknown() -> Test {
    let server = Server::new([]);
    let tv = server.approved_device();
    let alice = server.t.visitor("alice");
    assert_eq!(alice.review(&tv).err(), Some(UNKNOWN));
    assert_eq!(tv.poll()?, Poll::Tokens);
    assert_eq!(alice.review(&tv).err(), Some(UNKNOWN));
    Ok(())
}

#[test]
fn looking_changes_nothing_about_the_decision() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    let alice = server.t.visitor("alice").by_link();
    for _ in 0..5 {
        alice.review(&tv)?;
    }
    assert_eq!(tv.poll()?, Poll::Pending);
    Ok(())
}

#[test]
fn two_tabs_of_one_session_share_a_ticket_and_write_once() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    let alice = server.t.visitor("alice").session("one");
    let first = alice.review(&tv)?;
    server.store.forget_calls();
    let second = alice.review(&tv)?;
    assert_eq!(server.store.calls(), [StoreCall::FindByUserCode]);
    assert_eq!(first.ticket, second.ticket);
    alice.approve(&first)?;
    alice.approve(&second)?;
    Ok(())
}

#[test]
fn a_new_session_of_the_same_user_takes_the_review_over() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    let (old, new) = (
        server.t.visitor("alice").session("old"),
        server.t.visitor("alice").session("new"),
    );
    let before = old.review(&tv)?;
    let after = new.review(&tv)?;
    assert_ne!(before.ticket, after.ticket);
    assert_eq!(old.approve(&before), Err(StepError::TicketRefused));
    new.approve(&after)?;
    Ok(())
}

#[test]
fn another_user_is_told_that_the_code_is_unknown() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    server.t.visitor("alice").review(&tv)?;
    assert_eq!(server.t.visitor("bob").review(&tv).err(), Some(UNKNOWN));
    let event = server.t.events().last().unwrap();
    assert_eq!(event.kind.name(), "claimed_by_another");
    assert_eq!(event.subject, Some("bob".into()));
    assert_eq!(event.grant, Some(tv.grant_id()));
    Ok(())
}

#[test]
fn a_released_review_is_free_for_another_account() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    let (alice, bob) = (server.t.visitor("alice"), server.t.visitor("bob"));
    let review = alice.review(&tv)?;
    alice.release(&review)?;
    bob.approve(&tv)?;
    assert_eq!(alice.approve(&review), Err(StepError::TicketRefused));
    assert_eq!(tv.poll()?, Poll::Tokens);
    assert_eq!(server.issuer.asked()[0].subject().as_str(), "bob");
    assert_eq!(server.t.events().count("released"), 1);
    Ok(())
}

#[test]
fn nobody_releases_the_review_of_another() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    let alice = server.t.visitor("alice").session("one");
    let review = alice.review(&tv)?;
    let others = [
        server.t.visitor("bob").session("one"),
        server.t.visitor("alice").session("two"),
        server.t.visitor("alice"),
    ];
    for other in others {
        assert_eq!(other.release(&review), Err(StepError::TicketRefused));
    }
    alice.approve(&review)?;
    assert_eq!(alice.release(&review), Err(StepError::TicketRefused));
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

#[test]
fn a_release_that_meets_another_write_is_tried_again() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    let alice = server.t.visitor("alice");
    let review = alice.review(&tv)?;
    let (same, tab) = (alice.clone(), review.ticket);
    let faster = Disruption::meanwhile(move || same.release(&tab).unwrap());
    server.store.disrupt(StoreCall::Replace.nth(1), faster);
    assert_eq!(alice.release(&review), Err(StepError::TicketRefused));
    server.t.visitor("bob").review(&tv)?;
    Ok(())
}

#[test]
fn a_device_with_an_expected_user_is_unknown_to_others() -> Test {
    let server = Server::new([]);
    let device = server.t.device("tv").expected_subject("alice");
    let tv = device.authorize("")?;
    assert_eq!(server.t.visitor("bob").review(&tv).err(), Some(UNKNOWN));
    assert_eq!(
        server.t.events().names().last(),
        Some(&"unexpected_subject")
    );
    server.t.visitor("alice").approve(&tv)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

#[test]
fn a_code_that_once_came_by_link_stays_so_in_the_session() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    let alice = server.t.visitor("alice").session("one");
    assert_eq!(alice.review(&tv)?.arrival, Arrival::Typed);
    let by_link = alice.clone().by_link().review(&tv)?;
    assert_eq!(by_link.arrival, Arrival::Link);
    let typed = alice.review(&tv)?;
    assert_eq!(typed.arrival, Arrival::Link);
    assert_eq!(typed.ticket, by_link.ticket);
    Ok(())
}

#[test]
fn a_review_that_is_too_old_is_renewed_by_entering_the_code_again() -> Test {
    let server = Server::with([], |builder| builder.review_lifetime(60 * SECOND));
    let tv = server.t.device("tv").authorize("")?;
    let alice = server.t.visitor("alice");
    let old = alice.review(&tv)?;
    server.t.advance(61 * SECOND);
    assert_eq!(alice.approve(&old), Err(StepError::TicketRefused));
    let new = alice.review(&tv)?;
    assert_ne!(old.ticket, new.ticket);
    alice.approve(&new)?;
    Ok(())
}

#[test]
fn a_clock_set_back_far_makes_a_review_stale_and_a_new_one_possible() -> Test {
    let server = Server::with([], |builder| builder.review_lifetime(60 * SECOND));
    let tv = server.t.device("tv").authorize("")?;
    let alice = server.t.visitor("alice");
    let old = alice.review(&tv)?;
    server.t.clock().set_back(61 * SECOND);
    assert_eq!(alice.approve(&old), Err(StepError::TicketRefused));
    alice.approve(&tv)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    Ok(())
}

#[test]
fn codes_of_several_formats_are_found() -> Test {
    let digits = UserCodeFormat::digits(12)?;
    let server = Server::with([], |builder| builder.also_user_code_format(digits.clone()));
    let terms = Terms::new("openid".parse()?).user_code_format(digits);
    let client = Client::new("box").device_grant(terms);
    let numeric = server.t.device("box").client(client).authorize("")?;
    let letters = server.t.device("tv").authorize("")?;
    let alice = server.t.visitor("alice");
    assert_eq!(alice.review(&numeric)?.grant.id, numeric.grant_id());
    assert_eq!(alice.review(&letters)?.grant.id, letters.grant_id());
    Ok(())
}

#[test]
fn an_entry_that_fits_two_formats_is_looked_up_in_both_and_charged_once() -> Test {
    let checked = UserCodeFormat::custom("BCDFGHJKLMNPQRSTVWXZ", 7)?.with_check_character();
    let server = Server::with([], |builder| builder.also_user_code_format(checked.clone()));
    let letters = "BCDFGHJKLMNPQRSTVWXZ".chars();
    let codes = letters.map(|last| format!("WDJB-MJH{last}"));
    let alone = Server::with([], |builder| builder.user_code_format(checked));
    let fits = |code: &String| alone.t.grants().check_user_code(code).is_ok();
    let code = codes.into_iter().find(fits);
    let code = code.unwrap();
    let alice = server.t.visitor("alice");
    for _ in 0..5 {
        assert_eq!(alice.type_code(&code).err(), Some(UNKNOWN));
    }
    assert!(matches!(
        alice.type_code(&code).err(),
        Some(StepError::TooManyAttempts { .. })
    ));
    Ok(())
}

#[test]
fn a_store_that_fails_is_a_fault_and_the_next_entry_works() -> Test {
    for call in 1..=2 {
        for how in [
            Disruption::FailBefore,
            Disruption::FailAfter,
            Disruption::HangAfter,
        ] {
            let server = Server::new([]);
            let tv = server.t.device("tv").authorize("")?;
            server.store.disrupt(Occasion::nth(call), how);
            match server.t.visitor("alice").review(&tv) {
                Ok(_) => assert_eq!(call, 2, "the write is recognised or repeated"),
                Err(StepError::Hung) => {}
                Err(error) => assert!(matches!(
                    error,
                    StepError::Fault {
                        retryable: true,
                        ..
                    }
                )),
            }
            server.t.visitor("alice").approve(&tv)?;
            assert_eq!(tv.poll()?, Poll::Tokens);
        }
    }
    Ok(())
}

#[test]
fn a_generator_that_fails_grants_no_review() -> Test {
    let entropy = FailingEntropy::after(64);
    let server = Server::with([], |builder| builder.entropy(entropy.clone()));
    let tv = server.t.device("tv").authorize("")?;
    for draws in 0..2 {
        entropy.refill(draws);
        let error = server.t.visitor("alice").review(&tv).unwrap_err();
        assert!(
            matches!(
                error,
                StepError::Fault {
                    retryable: true,
                    ..
                }
            ),
            "{error}"
        );
    }
    entropy.refill(64);
    server.t.visitor("alice").approve(&tv)?;
    Ok(())
}

#[test]
fn a_review_that_can_no_longer_decide_keeps_nobody_else_out() -> Test {
    let server = Server::with([], |builder| builder.review_lifetime(60 * SECOND));
    let tv = server.t.device("tv").authorize("openid")?;
    let (alice, bob) = (server.t.visitor("alice"), server.t.visitor("bob"));
    let abandoned = alice.review(&tv)?;
    server.t.advance(60 * SECOND);
    assert_eq!(bob.review(&tv).err(), Some(StepError::UnknownUserCode));
    server.t.advance(SECOND);
    let review = bob.review(&tv)?;
    assert_eq!(alice.approve(&abandoned), Err(StepError::TicketRefused));
    assert_eq!(alice.review(&tv).err(), Some(StepError::UnknownUserCode));
    bob.approve(&review)?;
    assert_eq!(tv.poll()?, Poll::Tokens);
    assert_eq!(server.issuer.asked()[0].subject().as_str(), "bob");
    Ok(())
}
