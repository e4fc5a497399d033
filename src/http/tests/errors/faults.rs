//! Errors that are faults of the server.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;

use super::{
    Answered, Endpoint, GRANT_TYPE, Server, answered, case, form_with, golden, registry, started,
    unknown_code,
};
use crate::code::{GrantId, UserCodeDigest};
use crate::device_grants::Builder;
use crate::grant::Timestamp;
use crate::host::{
    ApprovalContext, AuthorizationContext, Charge, Charged, Client, Entropy, GrantStore, Limiter,
    NewRow, Policy, PollRecord, PortError, Redemption, Replacement, Row, Ruling, System, issuer_fn,
};
use crate::http::{ClientCredentials, ClientDirectory};
use crate::message::TokenResponse;

/// A server whose issuer works.
pub(super) fn working(
    clients: impl ClientDirectory + 'static,
    configure: impl FnOnce(Builder) -> Builder,
) -> Server {
    let issuer =
        issuer_fn(|_: Redemption| async { Ok(TokenResponse::bearer("x", Duration::from_secs(1))) });
    Server::of(clients, issuer, configure)
}

/// A server with these rules, by which everybody may approve.
pub(super) fn ruled<A, R>(at_authorization: A, at_redemption: R) -> Server
where
    A: Fn() -> Result<Ruling, PortError> + Send + Sync + 'static,
    R: Fn() -> Result<Ruling, PortError> + Send + Sync + 'static,
{
    let rules = Rules {
        at_authorization,
        at_redemption,
    };
    working(registry(), |builder| builder.policy(rules))
}

pub(super) fn no_ruling() -> Result<Ruling, PortError> {
    Err(PortError::unavailable("the rules are away"))
}

#[tokio::test]
async fn a_store_that_is_away() {
    let store = NoStore(|| PortError::unavailable("db7 is down"));
    let server = working(registry(), |builder| builder.store(store));
    golden(case::STORE_AWAY, everywhere(&server).await);
}

#[tokio::test]
async fn a_store_that_is_broken() {
    let store = NoStore(|| PortError::broken("no such table"));
    let server = working(registry(), |builder| builder.store(store));
    golden(case::STORE_BROKEN, everywhere(&server).await);
}

#[tokio::test]
async fn a_client_directory_that_is_away() {
    let server = working(Away, |builder| builder);
    golden(case::CLIENT_DIRECTORY_AWAY, everywhere(&server).await);
}

#[tokio::test]
async fn a_limiter_that_is_away() {
    let server = working(registry(), |builder| builder.limiter(NO_ROUTE));
    let answers = started(&server, "client_id=tv").await;
    golden(case::LIMITER_AWAY, answers);
}

#[tokio::test]
async fn a_limiter_that_is_broken() {
    let limiter = NoLimiter(|| PortError::broken("no such function"));
    let server = working(registry(), |builder| builder.limiter(limiter));
    let answers = started(&server, "client_id=tv").await;
    golden(case::LIMITER_BROKEN, answers);
}

#[tokio::test]
async fn polls_do_not_need_the_limiter() {
    let tap = Arc::new(AtomicBool::new(true));
    let limiter = Tap(Arc::clone(&tap));
    let server = working(registry(), |builder| builder.limiter(limiter));
    let start = "client_id=tv&code_challenge_method=S256\
                 &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let (bound, _) = server.codes(start).await;
    tap.store(false, Ordering::Relaxed);
    for (verifier, expected) in [
        (
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
            "authorization_pending",
        ),
        (
            "wBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
            "invalid_grant",
        ),
    ] {
        let body = format!("client_id=tv&device_code={bound}&code_verifier={verifier}");
        let [(_, answer)] = super::polled(&server, &body).await;
        assert_eq!(super::error(&answer).1, expected);
    }
}

#[tokio::test]
async fn a_policy_that_is_away() {
    let server = ruled(no_ruling, || Ok(Ruling::Allow));
    let answers = started(&server, "client_id=tv").await;
    golden(case::POLICY_AWAY_AT_START, answers);
}

#[tokio::test]
async fn a_random_number_generator_that_fails() {
    let tap = Arc::new(AtomicBool::new(true));
    let entropy = Tap(Arc::clone(&tap));
    let server = working(registry(), |builder| builder.entropy(entropy));
    tap.store(false, Ordering::Relaxed);
    let answers = started(&server, "client_id=tv").await;
    golden(case::ENTROPY_FAILS, answers);
}

/// A request to each endpoint that needs whatever is at fault.
async fn everywhere(server: &Server) -> [Answered; 3] {
    let code = unknown_code();
    let poll = form_with(&format!("{GRANT_TYPE}&client_id=tv&device_code={code}"));
    let cancel = form_with(&format!("token={code}&client_id=tv"));
    [
        (
            Endpoint::DeviceAuthorization,
            server.authorize("client_id=tv").await,
        ),
        (Endpoint::Token, server.poll(poll).await),
        (
            Endpoint::Revocation,
            answered(server.endpoints.revocation(cancel).await),
        ),
    ]
}

/// Fails at everything.
struct Away;

#[async_trait]
impl ClientDirectory for Away {
    async fn authenticate(&self, _: &ClientCredentials) -> Result<Option<Client>, PortError> {
        Err(PortError::unavailable("no route to db7"))
    }
}

/// A limiter that never answers otherwise.
struct NoLimiter(fn() -> PortError);

const NO_ROUTE: NoLimiter = NoLimiter(|| PortError::unavailable("no route to db7"));

#[async_trait]
impl Limiter for NoLimiter {
    async fn charge(&self, _: &[Charge]) -> Result<Charged, PortError> {
        Err((self.0)())
    }

    async fn purge(&self, _: u32) -> Result<u64, PortError> {
        Err((self.0)())
    }

    async fn check(&self) -> Result<Vec<String>, PortError> {
        Err((self.0)())
    }
}

/// Gives random bytes, and allows everything, while it is open.
struct Tap(Arc<AtomicBool>);

#[async_trait]
impl Limiter for Tap {
    async fn charge(&self, charges: &[Charge]) -> Result<Charged, PortError> {
        if self.0.load(Ordering::Relaxed) {
            Ok(Charged::Allowed)
        } else {
            NO_ROUTE.charge(charges).await
        }
    }

    async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        NO_ROUTE.purge(limit).await
    }

    async fn check(&self) -> Result<Vec<String>, PortError> {
        NO_ROUTE.check().await
    }
}

impl Entropy for Tap {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), PortError> {
        if self.0.load(Ordering::Relaxed) {
            System.fill(bytes)
        } else {
            Err(PortError::unavailable("no such device"))
        }
    }
}

struct Rules<A, R> {
    at_authorization: A,
    at_redemption: R,
}

#[async_trait]
impl<A, R> Policy for Rules<A, R>
where
    A: Fn() -> Result<Ruling, PortError> + Send + Sync,
    R: Fn() -> Result<Ruling, PortError> + Send + Sync,
{
    async fn at_authorization(&self, _: &AuthorizationContext<'_>) -> Result<Ruling, PortError> {
        (self.at_authorization)()
    }

    async fn at_approval(&self, _: &ApprovalContext<'_>) -> Result<Ruling, PortError> {
        Ok(Ruling::Allow)
    }

    async fn at_redemption(&self, _: &Redemption) -> Result<Ruling, PortError> {
        (self.at_redemption)()
    }
}

/// Fails at everything, like this.
struct NoStore(fn() -> PortError);

#[async_trait]
impl GrantStore for NoStore {
    async fn insert(&self, _: &NewRow) -> Result<Option<Timestamp>, PortError> {
        Err((self.0)())
    }

    async fn find(&self, _: &GrantId) -> Result<Option<Row>, PortError> {
        Err((self.0)())
    }

    async fn find_by_user_code(&self, _: &[UserCodeDigest]) -> Result<Vec<Row>, PortError> {
        Err((self.0)())
    }

    async fn replace(&self, _: &Replacement) -> Result<bool, PortError> {
        Err((self.0)())
    }

    async fn record_poll(&self, _: &PollRecord) -> Result<Option<Row>, PortError> {
        Err((self.0)())
    }

    async fn now(&self) -> Result<Timestamp, PortError> {
        Err((self.0)())
    }

    async fn purge(&self, _: u32) -> Result<u64, PortError> {
        Err((self.0)())
    }

    async fn check(&self) -> Result<Vec<String>, PortError> {
        Err((self.0)())
    }
}
