use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::executor::Executor;
use super::{Poll, Ran, StepError};
use crate::code::{CodeKeys, GrantId, UserCodeDigest};
use crate::device_grants::{DeviceGrants, PollOutcome, Revocation};
use crate::grant::KeyThumbprint;
use crate::host::Client;
use crate::host::DeviceTokenRequest;
use crate::message::{DeviceAuthorizationResponse, PkceVerifier, Reply, TokenResponse};

/// A device that has codes and polls. Clones are the same device.
///
/// ```
/// use device_grant::testing::{Poll, Scenario, ScriptedIssuer};
///
/// let t = Scenario::new(ScriptedIssuer::new([]));
/// let tv = t.device("tv").authorize("openid")?;
/// t.visitor("alice").approve(&tv)?;
/// assert_eq!(tv.poll()?, Poll::Tokens);
/// assert_eq!(tv.tokens().unwrap().access_token, "token-1");
/// assert_eq!(tv.poll()?, Poll::InvalidGrant);
/// # Ok::<(), device_grant::testing::StepError>(())
/// ```
#[derive(Clone, Debug)]
pub struct WaitingDevice {
    grants: DeviceGrants,
    executor: Executor,
    client: Client,
    response: DeviceAuthorizationResponse,
    key: Option<KeyThumbprint>,
    verifier: Option<PkceVerifier>,
    heard: Arc<Mutex<Heard>>,
}

/// The answers that the device was told.
#[derive(Debug, Default)]
struct Heard {
    reply: Option<Reply>,
    tokens: Vec<TokenResponse>,
}

impl WaitingDevice {
    pub(super) fn new(
        grants: DeviceGrants,
        executor: Executor,
        client: Client,
        response: DeviceAuthorizationResponse,
        key: Option<KeyThumbprint>,
        verifier: Option<PkceVerifier>,
    ) -> Self {
        Self {
            grants,
            executor,
            client,
            response,
            key,
            verifier,
            heard: Arc::default(),
        }
    }

    /// Polls once.
    ///
    /// A poll without an answer is [`Poll::Hung`] or [`Poll::Panicked`].
    ///
    /// # Errors
    ///
    /// [`StepError::Fault`].
    pub fn poll(&self) -> Result<Poll, StepError> {
        self.poll_as(&self.client)
    }

    /// Polls once as this client: another one, or the same one with other terms.
    ///
    /// # Errors
    ///
    /// [`StepError::Fault`].
    pub fn poll_as(&self, client: &Client) -> Result<Poll, StepError> {
        self.poll_with(client, self.poll_request())
    }

    /// Polls once as this client with this request.
    ///
    /// # Errors
    ///
    /// [`StepError::Fault`].
    pub fn poll_with(
        &self,
        client: &Client,
        request: DeviceTokenRequest,
    ) -> Result<Poll, StepError> {
        match self.executor.run(self.grants.poll(client, request)) {
            Ran::Done(Ok(outcome)) => Ok(self.hear(outcome)),
            Ran::Done(Err(fault)) => {
                self.heard().reply = Some(fault.reply());
                Err(fault.into())
            }
            Ran::Hung => Ok(Poll::Hung),
            Ran::Panicked(_) => Ok(Poll::Panicked),
        }
    }

    /// Cancels the grant with [`DeviceGrants::cancel`].
    ///
    /// # Errors
    ///
    /// [`StepError::Fault`], [`StepError::Hung`], [`StepError::Panicked`].
    pub fn cancel(&self) -> Result<Revocation, StepError> {
        self.executor
            .catch(self.grants.cancel(&self.client, self.poll_request()))
    }

    /// Returns the request that a poll of this device sends.
    #[must_use]
    pub fn poll_request(&self) -> DeviceTokenRequest {
        let request = DeviceTokenRequest::new(&*self.response.device_code);
        let request = match &self.verifier {
            Some(verifier) => request.with_code_verifier(verifier.clone()),
            None => request,
        };
        match self.key {
            Some(key) => request.with_key(key),
            None => request,
        }
    }

    /// Returns the client of the device.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Returns the answer to its device authorization request.
    #[must_use]
    pub fn response(&self) -> &DeviceAuthorizationResponse {
        &self.response
    }

    /// Returns the user code that the device shows.
    #[must_use]
    pub fn user_code(&self) -> &str {
        &self.response.user_code
    }

    /// Returns the id of its grant.
    #[must_use]
    pub fn grant_id(&self) -> GrantId {
        let (issuer, client) = (self.grants.issuer(), self.client.id.as_str());
        super::must(GrantId::of(issuer, client, &self.response.device_code))
    }

    /// Returns the digest of its user code under the key for new codes among these keys.
    #[must_use]
    pub fn user_code_digest(&self, keys: &CodeKeys) -> UserCodeDigest {
        let code = self.grants.user_code_format().parse(self.user_code());
        keys.digest(self.grants.issuer(), &super::must(code))
    }

    /// Returns the tokens that it got last, if any.
    #[must_use]
    pub fn tokens(&self) -> Option<TokenResponse> {
        self.heard().tokens.last().cloned()
    }

    /// Returns the number of responses with tokens.
    #[must_use]
    pub fn token_sets(&self) -> usize {
        self.heard().tokens.len()
    }

    /// Returns the reply to its last answered poll.
    #[must_use]
    pub fn reply(&self) -> Option<Reply> {
        self.heard().reply.clone()
    }

    fn hear(&self, outcome: PollOutcome) -> Poll {
        let poll = Poll::from(&outcome);
        let mut heard = self.heard();
        heard.reply = Some(outcome.reply());
        if let PollOutcome::Tokens(tokens) = outcome {
            heard.tokens.push(tokens);
        }
        poll
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
