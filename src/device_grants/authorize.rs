use std::time::Duration;

use rand::TryRng;

use super::fault::Fault;
use super::inner::{Inner, event_of};
use super::terms::Plan;
use super::{DeviceGrants, store_access};
use crate::code::{DeviceCode, GrantId, UserCode, UserCodeFormat};
use crate::grant::{Access, Facts, Origin};
use crate::host::DeviceAuthorizationRequest;
use crate::host::{
    AuthorizationContext, Client, EntropyRng, Event, EventKind, PortError, Ruling, Terms,
};
use crate::message::{DeviceAuthorizationResponse, ErrorCode, ErrorResponse, Reply};

/// The reason why no codes were issued.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorizeError {
    /// The request, the client's terms or the policy do not allow it.
    #[error("the device authorization request is refused: {}", .0.error.as_str())]
    Refused(ErrorResponse),
    /// A limit on new codes is used up, for this source or for the server.
    #[error("too many codes were issued lately")]
    #[non_exhaustive]
    Limited {
        /// The time after which the client may try again.
        retry_after: Duration,
    },
    /// A port failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl AuthorizeError {
    /// The reply to the client ([RFC 8628 §3.2](https://www.rfc-editor.org/rfc/rfc8628#section-3.2), which refers to
    /// [RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)).
    #[must_use]
    pub fn reply(&self) -> Reply {
        match self {
            Self::Refused(error) => error.reply(),
            Self::Limited { retry_after } => ErrorResponse::new(ErrorCode::TemporarilyUnavailable)
                .with_description("Too many codes were issued lately.")
                .with_retry_after(*retry_after)
                .reply(),
            Self::Fault(fault) => fault.reply(),
        }
    }
}

impl From<AuthorizeError> for Reply {
    /// [`AuthorizeError::reply`], for `?` in a handler.
    fn from(error: AuthorizeError) -> Self {
        error.reply()
    }
}

impl From<ErrorCode> for AuthorizeError {
    fn from(code: ErrorCode) -> Self {
        Self::Refused(code.into())
    }
}

impl DeviceGrants {
    /// Issues a device code and a user code ([RFC 8628 §3.1](https://www.rfc-editor.org/rfc/rfc8628#section-3.1)).
    ///
    /// Limits are counted before the policy is asked. A request that the terms refuse counts for no limit; one that the
    /// policy refuses counts only for its source. A refused request stores nothing. A dropped future leaves at most these
    /// counts, and a grant whose codes nobody has, which expires.
    ///
    /// In a flood the user code is longer than usual, up to the longest length of its
    /// [format](crate::code::UserCodeFormat).
    ///
    /// # Errors
    ///
    /// [`AuthorizeError`]; its [`reply`](AuthorizeError::reply) is the answer to send.
    #[cfg_attr(
        feature = "tracing",
        tracing::instrument(
            name = "device_grant.authorize",
            target = "device_grant",
            skip_all,
            fields(device_grant.id, device_grant.client_id, device_grant.outcome, error.type)
        )
    )]
    pub async fn authorize(
        &self,
        client: &Client,
        request: DeviceAuthorizationRequest,
    ) -> Result<DeviceAuthorizationResponse, AuthorizeError> {
        let inner = self.in_service()?;
        let (terms, plan) = inner.terms(client, &request.origin)?;
        // A node that has just started does not know whether the other nodes have its newest key. Without it, they would not find
        // the code.
        inner.know_keys().await?;
        // The cheapest first: the terms cost nothing, the limits one round trip, and the policy what the host does in it.
        let asked = inner.within(client, terms, &request)?;
        let allotted = inner.allot(client, &request.origin, &plan.format).await?;
        let ruled = inner.ruled(client, asked, &request);
        let (requested, is_to_confirm) = match ruled.await {
            Ok(ruled) => ruled,
            Err(error) => {
                // Only the shared part is given back. The part of the source stays charged: otherwise, one source could call the
                // policy without limit.
                Box::pin(inner.give_back(allotted.by_everybody)).await;
                return Err(error);
            }
        };
        // The id follows from the device code, which is drawn once for each try below.
        let nobody = GrantId::from_bytes([0; 16]);
        // Neither time is stored: the store stamps the row by its own clock.
        let mut facts = Facts::new(nobody, client.id.clone(), inner.now(), plan.lifetime);
        facts.issuer = inner.issuer.clone();
        facts.binding.key_thumbprint = request.key;
        facts.binding.pkce_challenge = request.code_challenge;
        facts.requested = requested;
        facts.sign_in = request.sign_in;
        facts.extras = request.extras;
        facts.expected_subject = request.expected_subject;
        facts.origin = request.origin;
        facts.data = request.data;
        facts.needs_confirmation = is_to_confirm || terms.wants_confirmation_code();
        facts.interval = plan.interval;
        // A failure gives nothing back: the store may have the
        // grant, and each live code counts in the bound on guessing.
        let inserted = inner.insert(&mut facts, plan.lifetime, &allotted.format);
        let (device_code, user_code) = inserted.await?;
        Ok(inner.response(device_code, user_code, terms, &plan))
    }
}

impl Inner {
    /// Returns the client's terms, and the lifetime, interval and format that follow from them.
    fn terms<'a>(
        &self,
        client: &'a Client,
        origin: &Origin,
    ) -> Result<(&'a Terms, Plan), AuthorizeError> {
        let Some(terms) = &client.terms else {
            self.observe_refusal(client, origin);
            return Err(ErrorCode::UnauthorizedClient.into());
        };
        match self.plan(terms) {
            Ok(plan) => Ok((terms, plan)),
            // A mistake of the host, not of the client: `server_error`, and an event that says what to change.
            Err(problem) => Err(self
                .fault(Fault::lasting(
                    "settings",
                    "the terms of a client are out of bounds",
                    format!("{}: {problem}", client.id),
                ))
                .into()),
        }
    }

    /// Returns the access that the client asks for, if its terms allow it.
    fn within(
        &self,
        client: &Client,
        terms: &Terms,
        request: &DeviceAuthorizationRequest,
    ) -> Result<Access, AuthorizeError> {
        let Some(scope) = terms.scope_for(request.scope.as_ref()) else {
            self.observe_refusal(client, &request.origin);
            return Err(ErrorCode::InvalidScope.into());
        };
        let lacking = terms.lacking(request.code_challenge.is_some(), request.key.is_some());
        if let Some(lacking) = lacking {
            self.observe_refusal(client, &request.origin);
            let refusal = ErrorResponse::new(ErrorCode::InvalidRequest);
            return Err(AuthorizeError::Refused(refusal.with_description(lacking)));
        }
        if !terms.may_name(&request.resources) {
            self.observe_refusal(client, &request.origin);
            return Err(ErrorCode::InvalidTarget.into());
        }
        let details = request.authorization_details.as_deref().unwrap_or_default();
        if !terms.may_ask_for(details) {
            self.observe_refusal(client, &request.origin);
            return Err(ErrorCode::InvalidAuthorizationDetails.into());
        }
        let mut access = Access::new(scope);
        access.resources = request.resources.clone();
        access.authorization_details = details.to_vec();
        Ok(access)
    }

    /// Returns the part of `access` that the policy leaves, and whether the policy requires a confirmation.
    async fn ruled(
        &self,
        client: &Client,
        access: Access,
        request: &DeviceAuthorizationRequest,
    ) -> Result<(Access, bool), AuthorizeError> {
        let Some(policy) = &self.policy else {
            return Ok((access, false));
        };
        let context = AuthorizationContext::new(client, &access, request);
        match Box::pin(policy.at_authorization(&context))
            .await
            .map_err(|error| self.fault(Fault::policy(error)))?
        {
            Ruling::Allow => Ok((access, false)),
            Ruling::Confirm => Ok((access, true)),
            Ruling::Narrow(narrower) => match access.narrow(&narrower) {
                Ok(narrowed) => Ok((narrowed, false)),
                Err(emptied) => {
                    self.observe_refusal(client, &request.origin);
                    Err(emptied.into())
                }
            },
            Ruling::Refuse(refusal) => {
                self.observe_refusal(client, &request.origin);
                Err(AuthorizeError::Refused(refusal.into_refusal().in_words()))
            }
            // No end user is there yet who could sign in or read a warning.
            Ruling::StepUp(_) | Ruling::Warn(_) => {
                self.observe_refusal(client, &request.origin);
                Err(ErrorCode::AccessDenied.into())
            }
        }
    }

    fn observe_refusal(&self, client: &Client, origin: &Origin) {
        self.observe(|| {
            let mut event = Event::new(EventKind::AuthorizationRefused, self.now());
            event.client = Some(client.id.clone());
            event.source = origin.ip;
            event
        });
    }

    /// Draws codes until both are free, a bounded number of times.
    async fn insert(
        &self,
        facts: &mut Facts,
        lifetime: Duration,
        format: &UserCodeFormat,
    ) -> Result<(DeviceCode, UserCode), Fault> {
        let mut rng = EntropyRng::new(&*self.entropy);
        // A drawn code that is taken happens by chance, even in a flood. Five in a row mean a broken store or generator.
        for _ in 0..store_access::TRIES + 2 {
            let device_code = DeviceCode::generate(&mut rng)
                .map_err(|error| self.fault(Fault::entropy(error)))?;
            let user_code = format.generate(&mut rng).map_err(|error| {
                self.fault(Fault::passing(
                    "entropy",
                    "no user code can be drawn",
                    error,
                ))
            })?;
            // Both are drawn anew: the store does not say which of the two is taken.
            facts.id = device_code.grant_id(&self.issuer, facts.client_id.as_str());
            facts.user_code = Some(self.keys.digest(&self.issuer, &user_code));
            let revision = rng
                .try_next_u64()
                .map_err(|error| self.fault(Fault::entropy(error)))?;
            let new = self.new_row(facts, lifetime, revision);
            if let Some(at) = self.insert_row(&new).await? {
                let length = user_code.expose().len();
                let authorized = EventKind::Authorized { length, lifetime };
                self.observe(|| event_of(authorized, facts, at));
                return Ok((device_code, user_code));
            }
        }
        Err(self.fault(Fault::store(PortError::broken(
            "every user code that was drawn is taken",
        ))))
    }

    fn response(
        &self,
        device_code: DeviceCode,
        user_code: UserCode,
        terms: &Terms,
        plan: &Plan,
    ) -> DeviceAuthorizationResponse {
        let shown = user_code.into_display();
        let uri = &self.verification_uri;
        let complete = terms
            .wants_verification_uri_complete()
            .then(|| uri.with_query_parameter("user_code", &shown));
        let response = DeviceAuthorizationResponse::new(
            device_code.into_exposed(),
            shown,
            uri.as_str(),
            plan.lifetime,
            Duration::from_secs(u64::from(plan.interval)),
        );
        match complete {
            Some(complete) => response.complete(complete),
            None => response,
        }
    }
}
