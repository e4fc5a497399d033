//! The service that a host calls: [`DeviceGrants`].
//!
//! | from | call |
//! |---|---|
//! | the device authorization endpoint | [`authorize`](DeviceGrants::authorize) |
//! | the verification page | [`review`](DeviceGrants::review), then [`approve`](DeviceGrants::approve), [`deny`](DeviceGrants::deny), [`report_not_me`](DeviceGrants::report_not_me) or [`release`](DeviceGrants::release) |
//! | the token endpoint | [`poll_or_wait`](DeviceGrants::poll_or_wait), or [`poll`](DeviceGrants::poll) |
//! | the revocation endpoint, an administrator | [`cancel`](DeviceGrants::cancel), [`revoke_as_administrator`](DeviceGrants::revoke_as_administrator) |
//! | a page of a person's devices | [`list_own`](DeviceGrants::list_own), [`revoke_own`](DeviceGrants::revoke_own), [`revoke_all_own`](DeviceGrants::revoke_all_own) |
//! | support staff | [`find_as_administrator`](DeviceGrants::find_as_administrator), [`find_by_user_code_as_administrator`](DeviceGrants::find_by_user_code_as_administrator), [`list_as_administrator`](DeviceGrants::list_as_administrator), [`revoke_where_as_administrator`](DeviceGrants::revoke_where_as_administrator), [`erase_as_administrator`](DeviceGrants::erase_as_administrator) |
//! | a background task | [`purge_regularly`](DeviceGrants::purge_regularly), or [`purge_all`](DeviceGrants::purge_all) about once a minute |
//! | a background task, if several nodes share a store | [`listen`](DeviceGrants::listen) |
//! | the start of your server, its readiness probe | [`check`](DeviceGrants::check) |
//! | an operator during an incident | [`suspend`](DeviceGrants::suspend), [`resume`](DeviceGrants::resume), [`reconfigure`](DeviceGrants::reconfigure) |
//! | the shutdown of your server | [`end_waits`](DeviceGrants::end_waits) |
//!
//! This module does not depend on HTTP, cookies or forms. Every answer to a device has a `reply()` with status,
//! headers and body for any web framework, and every error on the way to it converts into a
//! [`Reply`](crate::message::Reply) by `?`. With the parameters of a decoded form and an authenticated client, these two
//! handlers are complete:
//!
//! ```
//! use device_grant::DeviceGrants;
//! use device_grant::host::Client;
//! use device_grant::message::Reply;
//! use device_grant::{DeviceAuthorizationRequest, DeviceTokenRequest};
//!
//! type Form = Vec<(String, String)>;
//!
//! async fn device_authorization(grants: &DeviceGrants, client: &Client, form: Form) -> Result<Reply, Reply> {
//!     let request = DeviceAuthorizationRequest::from_pairs(form)?;
//!     Ok(grants.authorize(client, request).await?.reply())
//! }
//!
//! async fn token(grants: &DeviceGrants, client: &Client, form: Form) -> Result<Reply, Reply> {
//!     let request = DeviceTokenRequest::from_pairs(form)?;
//!     Ok(grants.poll(client, request).await?.reply())
//! }
//! ```

mod approval;
mod authorize;
mod build;
mod build_error;
mod builder;
mod check;
mod confirmation;
mod decide;
#[cfg(feature = "dpop")]
mod dpop;
mod fault;
mod heard;
mod inner;
mod limits;
mod listen;
mod listing;
mod poll;
mod poll_or_wait;
mod proof;
mod purge;
mod redeem;
mod redeliver;
mod review;
mod revoke;
mod revoke_where;
mod rows;
mod service;
mod slow;
mod step_up;
mod store_access;
mod support;
mod terms;
mod waits;
mod watch;

#[cfg(feature = "http")]
use std::net::IpAddr;
use std::sync::Arc;

use self::service::Service;
#[cfg(feature = "http")]
use crate::grant::ClientId;
#[cfg(feature = "page")]
use crate::host::Cause;
use crate::host::TokenIssuer;
#[cfg(feature = "http")]
use crate::host::{Client, Event, EventKind, PortError};
#[cfg(feature = "page")]
use crate::message::EndpointUri;

pub use self::approval::Approval;
pub use self::authorize::AuthorizeError;
pub use self::build_error::{BuildError, Problem};
pub use self::builder::Builder;
#[cfg(feature = "memory")]
pub(crate) use self::builder::InProcess;
pub use self::decide::DecisionError;
pub use self::fault::Fault;
pub use self::limits::Limits;
pub use self::listing::{ListedGrant, Listing, Standing};
pub use self::poll::PollOutcome;
#[cfg(feature = "http")]
pub(crate) use self::poll_or_wait::Heard;
pub use self::review::{Review, ReviewError, ReviewTicket, Revisit};
pub use self::revoke::Revocation;
pub use self::revoke_where::Revocations;
#[cfg(feature = "testing")]
pub(crate) use self::rows::stored_in;

/// The device authorization grants of one authorization server. A clone is cheap and shares everything.
///
/// ```
/// # #[cfg(feature = "memory")] {
/// use std::time::Duration;
/// use device_grant::DeviceGrants;
/// use device_grant::host::{Redemption, issuer_fn};
/// use device_grant::message::TokenResponse;
///
/// let issuer = issuer_fn(|_: Redemption| async { Ok(TokenResponse::bearer("token", Duration::from_secs(3600))) });
/// let grants = DeviceGrants::builder("https://id.example", issuer)
///     .verification_uri("https://id.example/activate")
///     .in_memory()
///     .build()?;
/// # }
/// # Ok::<(), device_grant::BuildError>(())
/// ```
#[derive(Clone, Debug)]
pub struct DeviceGrants(Arc<Service>);

impl DeviceGrants {
    /// Starts building a `DeviceGrants`.
    ///
    /// `issuer` is the authorization server's issuer identifier
    /// ([RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2)): an https URL, or http on a loopback host. Neither
    /// it nor the [`verification_uri`](Builder::verification_uri) is ever derived from a request.
    pub fn builder(issuer: impl Into<String>, token_issuer: impl TokenIssuer + 'static) -> Builder {
        Builder::new(issuer.into(), Arc::new(token_issuer))
    }

    /// The issuer identifier.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// The address of the page at which end users enter their codes.
    #[must_use]
    pub fn verification_uri(&self) -> &str {
        self.0.verification_uri.as_str()
    }

    /// The same, parsed.
    #[cfg(feature = "page")]
    pub(crate) fn verification_endpoint(&self) -> &EndpointUri {
        &self.0.verification_uri
    }

    /// The format of new user codes, unless a client's terms name another one: for a hint on the verification page.
    #[must_use]
    pub fn user_code_format(&self) -> crate::code::UserCodeFormat {
        self.inner().formats.default.clone()
    }

    /// Returns the bound on guessing, and the budget of each code length that keeps it.
    #[must_use]
    pub fn guess_budget(&self) -> crate::code::GuessBudget {
        self.inner().ladder.budget().clone()
    }

    /// Tells the observer that a client is not who it says.
    #[cfg(feature = "http")]
    pub(crate) fn client_refused(&self, claimed: Option<&str>, source: Option<IpAddr>) {
        let inner = self.inner();
        inner.observe(|| {
            let mut event = Event::new(EventKind::ClientRefused, inner.now());
            event.client = claimed.map(ClientId::from);
            event.source = source;
            event
        });
    }

    /// Refuses the poll of a client that may not use this grant.
    #[cfg(feature = "http")]
    pub(crate) fn poll_refused(&self, client: &Client, source: Option<IpAddr>) -> PollOutcome {
        let inner = self.inner();
        inner.observe_client(EventKind::UnauthorizedClient, client, source, inner.now());
        PollOutcome::UnauthorizedClient
    }

    /// Tells the observer that nobody knows where a request comes from.
    #[cfg(feature = "http")]
    pub(crate) fn address_unknown(&self) {
        let cause =
            "the `ClientIpSource` returns none: set the extension or the header that it reads";
        self.inner().fault(Fault::lasting(
            "settings",
            "the address of a request is unknown",
            cause,
        ));
    }

    /// Tells the observer that the clients cannot be looked up.
    #[cfg(feature = "http")]
    pub(crate) fn client_directory_fault(&self, error: PortError) -> Fault {
        self.inner().fault(Fault::clients(error))
    }

    /// Tells the observer that it cannot be told who a visitor is.
    #[cfg(feature = "page")]
    pub(crate) fn visitor_source_fault(&self, cause: Cause) -> Cause {
        let fault = Fault::passing("visitors", "the visitor source cannot be used", cause);
        self.inner().fault(fault).into()
    }

    /// The authentication context classes that sign-ins can meet, as
    /// [`Builder::acr_values_supported`] has them.
    #[cfg(feature = "http")]
    pub(crate) fn acr_values_supported(&self) -> Vec<String> {
        self.inner().acr_values.clone()
    }

    /// Returns whether there is a [`TokenRevoker`](crate::host::TokenRevoker).
    #[cfg(feature = "http")]
    pub(crate) fn revokes_tokens(&self) -> bool {
        self.inner().token_revoker.is_some()
    }

    /// The grant with this id, for a test that looks behind the scenes.
    #[cfg(feature = "testing")]
    pub(crate) async fn look_up(
        &self,
        id: &crate::code::GrantId,
    ) -> Result<Option<crate::grant::Grant>, Fault> {
        let found = self.inner().find(id).await?;
        Ok(found.map(|stored| stored.grant))
    }
}
