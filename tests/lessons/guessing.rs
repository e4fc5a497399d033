use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use device_grant::DeviceGrants;
use device_grant::DeviceTokenRequest;
use device_grant::code::{CodeKeys, UserCodeFormat};
use device_grant::host::{Charge, Charged, GrantStore, Limiter, PortError};
use device_grant::limiter::MemoryLimiter;
use device_grant::store::MemoryStore;
use device_grant::testing::conformance::store::fixtures;
use device_grant::testing::{
    ManualClock, Poll, Ran, Scenario, ScriptedIssuer, StepError, block_on,
};

use crate::server::{Lesson, Server};

const KEY: &str = "bm90IGEgc2VjcmV0OiBmb3IgZG9jdW1lbnRhdGlvbi4u";

/// Lesson 21: Keycloak, matrix-authentication-service and others let anybody try user codes without limit.
#[test]
fn there_is_no_server_without_a_limiter_and_guessing_ends_after_five_entries() -> Lesson {
    let without = DeviceGrants::builder(Scenario::ISSUER, ScriptedIssuer::new([]))
        .verification_uri(Scenario::VERIFICATION_URI)
        .store(MemoryStore::new())
        .keys(CodeKeys::from_base64(KEY)?)
        .build()
        .unwrap_err();
    let missing: Vec<_> = without.problems().iter().map(|p| p.setting).collect();
    assert_eq!(missing, ["limiter"]);

    let server = Server::new();
    let tv = server.device();
    let mallory = server.t.visitor("mallory");
    for letter in ["B", "C", "D", "F", "G"] {
        assert!(mallory.type_code(&letter.repeat(8)).is_err());
    }
    let right = mallory.review(&tv).err();
    assert!(matches!(right, Some(StepError::TooManyAttempts { .. })));
    Ok(())
}

/// Lesson 22: at Abblix, a success cleared the counter, each spelling had its own, and device codes of any length were read.
#[test]
fn a_success_clears_no_counter_and_spellings_share_a_budget() -> Lesson {
    let server = Server::new();
    let mallory = server.t.visitor("mallory");
    for spelling in ["BBBB-BBBB", "bbbbbbbb"] {
        assert_eq!(
            mallory.type_code(spelling).err(),
            Some(StepError::UnknownUserCode)
        );
        mallory.review(&server.device())?;
    }
    for spelling in ["BBBB BBBB", "Bbbb_Bbbb", "BBBB\u{2014}BBBB"] {
        assert_eq!(
            mallory.type_code(spelling).err(),
            Some(StepError::UnknownUserCode)
        );
    }
    let sixth = mallory.type_code("bbbb.bbbb").err();
    assert!(matches!(sixth, Some(StepError::TooManyAttempts { .. })));

    let tv = server.device();
    server.store.forget_calls();
    let endless = DeviceTokenRequest::new("a".repeat(1_000_000));
    assert_eq!(tv.poll_with(tv.client(), endless)?, Poll::InvalidGrant);
    assert_eq!(server.store.calls(), []);
    Ok(())
}

/// Notes what is charged, and whether it is given back.
#[derive(Clone, Default)]
struct Noted {
    inner: Arc<MemoryLimiter>,
    charges: Arc<Mutex<Vec<(String, bool)>>>,
}

#[async_trait]
impl Limiter for Noted {
    async fn charge(&self, charges: &[Charge]) -> Result<Charged, PortError> {
        let noted = charges
            .iter()
            .map(|charge| (charge.key.readable().to_owned(), charge.gives_back));
        self.charges.lock().unwrap().extend(noted);
        self.inner.charge(charges).await
    }

    async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        self.inner.purge(limit).await
    }

    async fn check(&self) -> Result<Vec<String>, PortError> {
        self.inner.check().await
    }
}

/// Lesson 23: oauth-as charged each attempt twice, and everybody for the attempts of one.
#[test]
fn each_entry_is_charged_once_and_to_its_own_user() -> Lesson {
    let limiter = Noted::default();
    let server = Server::with(|builder| builder.limiter(limiter.clone()));
    let tv = server.device();
    limiter.charges.lock().unwrap().clear();
    server.t.visitor("alice").approve(&tv)?;
    let charged = std::mem::take(&mut *limiter.charges.lock().unwrap());
    let everybody = || "failed-entry/BCDFGHJKLMNPQRSTVWXZ:8".to_owned();
    let alice = || "entry/subject:alice".to_owned();
    let taken = [(alice(), false), (everybody(), false)];
    let given_back = [(alice(), true), (everybody(), true)];
    assert_eq!(charged, [taken, given_back].concat());

    assert!(server.t.visitor("bob").type_code("BBBB-BBBB").is_err());
    let charged = limiter.charges.lock().unwrap().clone();
    let bob = ("entry/subject:bob".to_owned(), false);
    assert_eq!(charged, [bob, (everybody(), false)]);
    Ok(())
}

/// Lesson 27: WSO2, OpenIddict and IdentityServer added the uniqueness of user codes later.
#[test]
fn no_two_grants_that_are_remembered_share_a_user_code() {
    let clock = ManualClock::new();
    let store = MemoryStore::new().with_clock(clock.clone());
    let is_inserted = |number| {
        let mut same_code = fixtures::new_row(number);
        same_code.user_code = Some(fixtures::code(1));
        let inserted = block_on(store.insert(&same_code));
        let Ran::Done(Ok(insertion)) = inserted else {
            panic!("{inserted:?}");
        };
        insertion.is_some()
    };
    clock.set(fixtures::at(0));
    assert!(is_inserted(1));
    clock.set(fixtures::at(fixtures::FORGET));
    assert!(!is_inserted(2));
    assert!(matches!(block_on(store.purge(10)), Ran::Done(Ok(1))));
    assert!(is_inserted(3));
}

/// Lesson 28: hosts of many servers want other codes, and then the page's field does not fit them.
#[test]
fn the_page_is_told_what_the_codes_look_like() -> Lesson {
    for format in [
        UserCodeFormat::base20(),
        UserCodeFormat::base20().with_lengths(12..=12)?,
        UserCodeFormat::crockford().with_check_character(),
        UserCodeFormat::digits(12)?,
    ] {
        let t = Scenario::with(ScriptedIssuer::new([]), |builder| {
            builder.user_code_format(format.clone())
        })?;
        let code = t.device("tv").authorize("")?.user_code().to_owned();
        let hints = t.grants().user_code_format().hints();
        assert_eq!(hints.masks[0].len(), code.len());
        assert!(code.len() <= hints.max_length);
        let is_numeric = code.chars().all(|c| c == '-' || c.is_ascii_digit());
        assert_eq!(hints.input_mode == "numeric", is_numeric);
        assert!(t.grants().check_user_code(&code).is_ok());
    }
    Ok(())
}
