//! Opaque access tokens and rotating refresh tokens, in memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use device_grant::code::GrantId;
use device_grant::grant::{Facts, KeyThumbprint};
use device_grant::host::{
    IssueError, PortError, Redemption, TokenIssuer, TokenRevocation, TokenRevoker,
};
use device_grant::message::{Scope, TokenResponse};

use super::clients::Organizations;
use super::id_token::{Claims, IdTokens};
use super::random;

const ACCESS_LIFETIME: Duration = Duration::from_secs(3_600);

/// The rights that a token stands for.
#[derive(Clone)]
pub(crate) struct Access {
    pub(crate) grant: GrantId,
    pub(crate) client: String,
    pub(crate) user: String,
    pub(crate) scope: Scope,
    pub(crate) auth_time: Option<SystemTime>,
    /// The one that the end user chose, if the device asked for that.
    pub(crate) organization: Option<String>,
    /// The device's, for the first ID token alone.
    pub(crate) nonce: Option<String>,
    /// The key that a client has to prove with each use.
    pub(crate) key: Option<KeyThumbprint>,
}

#[derive(Clone)]
pub(crate) struct Tokens {
    inner: Arc<Mutex<Inner>>,
    pub(crate) id_tokens: Arc<IdTokens>,
}

#[derive(Default)]
struct Inner {
    access: HashMap<String, (Access, SystemTime)>,
    refresh: HashMap<String, Access>,
    /// The responses that devices got lately, for those that did not hear them.
    responses: HashMap<GrantId, Kept>,
    /// Refresh tokens that were rotated: one that is seen again was stolen.
    spent: HashMap<String, GrantId>,
}

struct Kept {
    response: TokenResponse,
    ordinal: u32,
    until: SystemTime,
}

impl Tokens {
    /// The time for which a device whose response got lost may ask for its tokens once more.
    pub(crate) const REDELIVERY: Duration = Duration::from_secs(30);

    pub(crate) fn new(issuer: &str) -> Self {
        Self {
            inner: Arc::default(),
            id_tokens: Arc::new(IdTokens::new(issuer)),
        }
    }

    /// A new set of tokens: an ID token only where `openid`, a refresh token only where `offline_access` was
    /// granted. `scope` is that of the access token; a refresh token always keeps what was granted.
    fn issue_for(&self, inner: &mut Inner, granted: Access, scope: Scope) -> TokenResponse {
        let token = random::identifier();
        let mut response = TokenResponse::bearer(token.clone(), ACCESS_LIFETIME);
        if granted.key.is_some() {
            response.token_type = "DPoP".to_owned();
        }
        if scope.contains("openid") {
            let claims = Claims {
                user: &granted.user,
                client: &granted.client,
                auth_time: granted.auth_time,
                has_profile: scope.contains("profile"),
                nonce: granted.nonce.as_deref(),
                organization: granted.organization.as_deref(),
            };
            response = response.with("id_token", self.id_tokens.sign(&claims, now()));
        }
        if granted.scope.contains("offline_access") {
            let refresh = random::identifier();
            // Only the first ID token repeats the nonce, because it belongs to that request.
            let later = Access {
                nonce: None,
                ..granted.clone()
            };
            inner.refresh.insert(refresh.clone(), later);
            response = response.with_refresh_token(refresh);
        }
        let access = Access {
            scope: scope.clone(),
            ..granted
        };
        let expires_at = now() + ACCESS_LIFETIME;
        inner.access.insert(token, (access, expires_at));
        response.with_scope(scope)
    }

    /// Exchanges a refresh token of this client for new tokens. One that was used before ends its grant.
    pub(crate) fn refresh(
        &self,
        token: &str,
        client: &str,
        narrower: Option<Scope>,
        key: Option<KeyThumbprint>,
    ) -> Option<TokenResponse> {
        // Locked until the new tokens are there: whoever ends the grant meanwhile would miss them.
        let mut inner = self.lock();
        let granted = inner.spend(token, client, narrower.as_ref(), key)?;
        let scope = narrower.unwrap_or_else(|| granted.scope.clone());
        Some(self.issue_for(&mut inner, granted, scope))
    }

    /// Returns the rights of a live access token.
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
    fn spend(
        &mut self,
        token: &str,
        client: &str,
        narrower: Option<&Scope>,
        key: Option<KeyThumbprint>,
    ) -> Option<Access> {
        // A thief and the client cannot be told apart, so both lose the grant (RFC 9700 §4.14.2).
        if let Some(grant) = self.spent.get(token).copied() {
            self.end(grant);
            return None;
        }
        let access = self.refresh.get(token)?.clone();
        let fits = narrower.is_none_or(|scope| scope.is_subset_of(&access.scope));
        let is_proven = access.key.is_none() || access.key == key;
        // Not spent: whoever may not use the token must not be able to take it from its client.
        if access.client != client || !fits || !is_proven {
            return None;
        }
        self.refresh.remove(token);
        self.spent.insert(token.to_owned(), access.grant);
        Some(Access { key, ..access })
    }

    /// Returns the response that the device got, if it asks once more.
    fn lost_response(&self, redemption: &Redemption) -> Option<TokenResponse> {
        let asks_again = redemption.is_redelivery;
        let kept = self.responses.get(&redemption.grant.id);
        let kept = kept.filter(|_| asks_again)?;
        Some(kept.response.clone())
    }

    fn keep(&mut self, redemption: &Redemption, response: &TokenResponse) {
        let now = now();
        // Tokens in clear are kept no longer than they are needed.
        self.responses.retain(|_, kept| now < kept.until);
        let (id, ordinal) = (redemption.grant.id, redemption.ordinal);
        // An attempt that was overtaken, whose tokens will be discarded.
        if self
            .responses
            .get(&id)
            .is_some_and(|kept| kept.ordinal > ordinal)
        {
            return;
        }
        let kept = Kept {
            response: response.clone(),
            ordinal,
            until: now + Tokens::REDELIVERY,
        };
        self.responses.insert(id, kept);
    }

    /// Ends all tokens of a grant.
    fn end(&mut self, grant: GrantId) {
        self.access.retain(|_, (access, _)| access.grant != grant);
        self.refresh.retain(|_, access| access.grant != grant);
        self.responses.remove(&grant);
    }
}

#[async_trait]
impl TokenIssuer for Tokens {
    async fn issue(&self, redemption: &Redemption) -> Result<TokenResponse, IssueError> {
        let mut inner = self.lock();
        if let Some(response) = inner.lost_response(redemption) {
            return Ok(response);
        }
        if redemption.ordinal > 1 || redemption.is_redelivery {
            // What an earlier attempt produced was never delivered and never will be. What this process does not know any more
            // is void too: the device has the one live set.
            inner.end(redemption.grant.id);
        }
        let organization = redemption.granted.data.get(Organizations::NAME);
        let access = Access {
            organization: organization.and_then(|it| it.as_str()).map(str::to_owned),
            grant: redemption.grant.id,
            client: redemption.client.id.to_string(),
            user: redemption.subject().to_string(),
            scope: redemption.access.scope.clone(),
            auth_time: redemption.granted.auth_time.map(Into::into),
            nonce: redemption.grant.sign_in.nonce.clone(),
            key: redemption.key,
        };
        let response = self.issue_for(&mut inner, access, redemption.access.scope.clone());
        inner.keep(redemption, &response);
        Ok(response)
    }

    async fn discard(&self, _redemption: &Redemption, tokens: TokenResponse) {
        let mut inner = self.lock();
        inner.access.remove(&tokens.access_token);
        if let Some(refresh) = &tokens.refresh_token {
            inner.refresh.remove(refresh);
        }
    }
}

#[async_trait]
impl TokenRevoker for Tokens {
    async fn revoke_grant(&self, grant: &Facts) -> Result<(), PortError> {
        self.lock().end(grant.id);
        Ok(())
    }

    async fn revoke_token(&self, revocation: &TokenRevocation) -> Result<bool, PortError> {
        let token = revocation.token.as_str();
        let mut inner = self.lock();
        let is_own = |access: &Access| access.client == revocation.client.id.as_str();
        if inner
            .access
            .get(token)
            .is_some_and(|(access, _)| is_own(access))
        {
            inner.access.remove(token);
        }
        let refresh = inner.refresh.get(token).filter(|access| is_own(access));
        if let Some(grant) = refresh.map(|access| access.grant) {
            inner.end(grant);
        }
        Ok(true)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "tokens are the host's, and so is their clock"
)]
fn now() -> SystemTime {
    SystemTime::now()
}
