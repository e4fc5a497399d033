#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a flaw is named where it makes a difference"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use device_grant::code::GrantId;
use device_grant::grant::Subject;
use device_grant::host::{Client, IssueError, Redemption, TokenIssuer};
use device_grant::message::{ErrorResponse, Scope, TokenResponse};
use device_grant::testing::conformance::issuer::IssuerHost;

/// The flaw of a [`BrokenIssuer`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Flaw {
    None,
    RefusesEverybody,
    AsksNobody,
    IsUnavailableForTheLocked,
    TrustsAnAttemptBefore,
    TrustsTheSameAttempt,
    LocksEverybody,
    IssuesWhatWasRequested,
    IssuesWhatTheUserGranted,
    EndsEverythingOfTheUser,
    DiscardsTheWholeGrant,
    IssuesAnewForTheSameAttempt,
    KeepsEarlierAttempts,
    IgnoresDiscards,
    KeepsTheRefreshToken,
}

/// A host that breaks the contract of its issuer in one way.
pub(super) struct BrokenIssuer {
    flaw: Flaw,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    locked: BTreeSet<String>,
    /// By access token, and again by refresh token.
    live: BTreeMap<String, Token>,
    issued: u32,
}

#[derive(Clone)]
struct Token {
    grant: GrantId,
    attempt: String,
    user: String,
    scope: Scope,
}

impl BrokenIssuer {
    pub(super) fn new(flaw: Flaw) -> Self {
        Self {
            flaw,
            kept: Mutex::default(),
        }
    }

    fn is(&self, flaw: Flaw) -> bool {
        self.flaw == flaw
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn may_have_tokens(&self, redemption: &Redemption) -> Result<(), IssueError> {
        let kept = self.kept();
        let is_locked = match self.flaw {
            Flaw::LocksEverybody => !kept.locked.is_empty(),
            Flaw::RefusesEverybody => true,
            Flaw::AsksNobody => false,
            Flaw::TrustsAnAttemptBefore if redemption.ordinal > 1 => false,
            Flaw::TrustsTheSameAttempt if redemption.is_redelivery => false,
            _ => kept.locked.contains(redemption.subject().as_str()),
        };
        match is_locked {
            true if self.is(Flaw::IsUnavailableForTheLocked) => {
                Err(IssueError::unavailable("locked"))
            }
            true => Err(ErrorResponse::access_denied().into()),
            false => Ok(()),
        }
    }
}

#[async_trait]
impl TokenIssuer for BrokenIssuer {
    async fn issue(&self, redemption: &Redemption) -> Result<TokenResponse, IssueError> {
        self.may_have_tokens(redemption)?;
        let mut kept = self.kept();
        let (grant, attempt) = (redemption.grant.id, redemption.attempt.clone());
        let user = redemption.subject().to_string();
        match self.flaw {
            Flaw::KeepsEarlierAttempts => {}
            Flaw::EndsEverythingOfTheUser => kept.live.retain(|_, token| token.user != user),
            _ => kept
                .live
                .retain(|_, token| token.grant != grant || token.attempt == attempt),
        }
        kept.issued += 1;
        let mut name = format!("{grant}-{attempt}").replace(['/', ':'], "-");
        if self.is(Flaw::IssuesAnewForTheSameAttempt) {
            name += &kept.issued.to_string();
        }
        let scope = match self.flaw {
            Flaw::IssuesWhatWasRequested => redemption.grant.requested.scope.clone(),
            Flaw::IssuesWhatTheUserGranted => redemption.granted.access.scope.clone(),
            _ => redemption.access.scope.clone(),
        };
        let token = Token {
            grant,
            attempt,
            user,
            scope,
        };
        let refresh = format!("refresh-{name}");
        kept.live.insert(name.clone(), token.clone());
        kept.live.insert(refresh.clone(), token);
        Ok(TokenResponse::bearer(name, Duration::from_secs(3_600)).with_refresh_token(refresh))
    }

    async fn discard(&self, redemption: &Redemption, tokens: TokenResponse) {
        let mut kept = self.kept();
        let grant = redemption.grant.id;
        match self.flaw {
            Flaw::IgnoresDiscards => {}
            Flaw::DiscardsTheWholeGrant => kept.live.retain(|_, token| token.grant != grant),
            _ => {
                kept.live.remove(&tokens.access_token);
                let refresh = tokens.refresh_token.as_ref();
                refresh
                    .filter(|_| !self.is(Flaw::KeepsTheRefreshToken))
                    .and_then(|refresh| kept.live.remove(refresh));
            }
        }
    }
}

#[async_trait]
impl IssuerHost for BrokenIssuer {
    fn issuer(&self) -> &dyn TokenIssuer {
        self
    }

    fn client(&self) -> Client {
        Client::new("tv")
    }

    fn scope(&self) -> Scope {
        "openid profile".parse().unwrap()
    }

    async fn add_user(&self, name: &str) -> Subject {
        Subject::from(name)
    }

    async fn lock_user(&self, user: &Subject) {
        self.kept().locked.insert(user.to_string());
    }

    async fn good_for(&self, tokens: &TokenResponse) -> Option<Scope> {
        let kept = self.kept();
        let access = kept.live.get(&tokens.access_token);
        let refresh = tokens
            .refresh_token
            .as_ref()
            .and_then(|token| kept.live.get(token));
        access.or(refresh).map(|token| token.scope.clone())
    }
}
