//! Opaque access tokens and rotating refresh tokens, in memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use device_grant::code::GrantId;
use device_grant::host::{IssueError, Redemption, TokenIssuer};
use device_grant::message::{Scope, TokenResponse};

use super::random;

const ACCESS_LIFETIME: Duration = Duration::from_secs(3_600);

/// What a token stands for.
#[derive(Clone)]
pub(crate) struct Access {
    pub(crate) grant: GrantId,
    pub(crate) client: String,
    pub(crate) user: String,
    pub(crate) scope: Scope,
}

#[derive(Clone, Default)]
pub(crate) struct Tokens {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    access: HashMap<String, (Access, SystemTime)>,
    refresh: HashMap<String, Access>,
    /// Refresh tokens that were rotated: one that is seen again was stolen.
    spent: HashMap<String, GrantId>,
}

impl Tokens {
    /// A new set of tokens; a refresh token only where `offline_access` was granted.
    fn issue_for(&self, access: Access) -> TokenResponse {
        let mut inner = self.lock();
        let token = random::identifier();
        let expires_at = now() + ACCESS_LIFETIME;
        let response = TokenResponse::bearer(token.clone(), ACCESS_LIFETIME);
        let response = response.scope(access.scope.clone());
        inner.access.insert(token, (access.clone(), expires_at));
        if !access.scope.contains("offline_access") {
            return response;
        }
        let refresh = random::identifier();
        inner.refresh.insert(refresh.clone(), access);
        response.refresh_token(refresh)
    }

    /// Exchanges a refresh token of this client for new tokens. One that was used before ends its grant.
    pub(crate) fn refresh(
        &self,
        token: &str,
        client: &str,
        narrower: Option<Scope>,
    ) -> Option<TokenResponse> {
        let mut access = self.spend(token, client, narrower.as_ref())?;
        if let Some(scope) = narrower {
            access.scope = scope;
        }
        Some(self.issue_for(access))
    }

    fn spend(&self, token: &str, client: &str, narrower: Option<&Scope>) -> Option<Access> {
        let mut inner = self.lock();
        if let Some(grant) = inner.spent.get(token).copied() {
            inner.end(grant);
            return None;
        }
        let access = inner.refresh.get(token)?.clone();
        let fits = narrower.is_none_or(|scope| scope.is_subset_of(&access.scope));
        if access.client != client || !fits {
            return None;
        }
        inner.refresh.remove(token);
        inner.spent.insert(token.to_owned(), access.grant);
        Some(access)
    }

    /// Revokes a token of this client; a refresh token ends its grant.
    pub(crate) fn revoke(&self, token: &str, client: &str) {
        let mut inner = self.lock();
        if let Some(grant) = inner
            .refresh
            .get(token)
            .filter(|access| access.client == client)
            .map(|access| access.grant)
        {
            inner.end(grant);
        }
        if inner
            .access
            .get(token)
            .is_some_and(|(access, _)| access.client == client)
        {
            inner.access.remove(token);
        }
    }

    /// What a live access token stands for.
    pub(crate) fn access(&self, token: &str) -> Option<Access> {
        let inner = self.lock();
        let (access, expires_at) = inner.access.get(token)?;
        (now() < *expires_at).then(|| access.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Ends all tokens of a grant.
    fn end(&mut self, grant: GrantId) {
        self.access.retain(|_, (access, _)| access.grant != grant);
        self.refresh.retain(|_, access| access.grant != grant);
    }
}

#[async_trait]
impl TokenIssuer for Tokens {
    async fn issue(&self, redemption: &Redemption) -> Result<TokenResponse, IssueError> {
        if redemption.attempt().ordinal > 1 {
            // What an earlier attempt produced was never delivered and never will be.
            self.lock().end(redemption.grant_id());
        }
        Ok(self.issue_for(Access {
            grant: redemption.grant_id(),
            client: redemption.client().id().to_string(),
            user: redemption.subject().to_string(),
            scope: redemption.scope().clone(),
        }))
    }

    async fn discard(&self, _redemption: &Redemption, tokens: TokenResponse) {
        let mut inner = self.lock();
        inner.access.remove(tokens.access_token());
        if let Some(refresh) = tokens.issued_refresh_token() {
            inner.refresh.remove(refresh);
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "tokens are the host's, and so is their clock"
)]
fn now() -> SystemTime {
    SystemTime::now()
}
