use std::net::IpAddr;

use super::executor::Executor;
use super::{StepError, WaitingDevice};
use crate::device_grants::DeviceGrants;
use crate::grant::{HostData, KeyThumbprint, Origin, Place, Subject};
use crate::host::DeviceAuthorizationRequest;
use crate::host::{Client, Terms};
use crate::message::PkceVerifier;

/// A device that has not asked for codes yet.
///
/// ```
/// use std::net::IpAddr;
/// use device_grant::testing::{Scenario, ScriptedIssuer};
///
/// let t = Scenario::new(ScriptedIssuer::new([]));
/// let ip: IpAddr = [203, 0, 113, 7].into();
/// let tv = t.device("tv").ip(ip).label("Living room").authorize("openid profile")?;
/// assert_eq!(tv.response().interval.as_secs(), 5);
/// # Ok::<(), device_grant::testing::StepError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Device {
    grants: DeviceGrants,
    executor: Executor,
    client: Owner,
    origin: Origin,
    key: Option<KeyThumbprint>,
    verifier: Option<PkceVerifier>,
    expected_subject: Option<Subject>,
    data: HostData,
}

/// The client of the device.
#[derive(Clone, Debug)]
enum Owner {
    /// A client that may ask for whatever it asks for.
    Named(String),
    /// A client on terms of its own.
    Client(Client),
}

impl Device {
    pub(super) fn new(grants: DeviceGrants, executor: Executor, client_id: &str) -> Self {
        Self {
            grants,
            executor,
            client: Owner::Named(client_id.to_owned()),
            origin: Origin::new(),
            key: None,
            verifier: None,
            expected_subject: None,
            data: HostData::default(),
        }
    }

    /// Makes it a device of this client, on that client's terms.
    #[must_use]
    pub fn client(mut self, client: Client) -> Self {
        self.client = Owner::Client(client);
        self
    }

    /// Sends its requests from this address.
    #[must_use]
    pub fn ip(mut self, ip: impl Into<IpAddr>) -> Self {
        self.origin = self.origin.with_ip(ip.into());
        self
    }

    /// Lets the host know where that address is.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.origin = self.origin.with_place(place);
        self
    }

    /// Lets it call itself something.
    #[must_use]
    pub fn label(mut self, label: &str) -> Self {
        self.origin = self.origin.with_device_label(label);
        self
    }

    /// Lets it prove that it holds this key, with every request.
    #[must_use]
    pub fn key(mut self, thumbprint: KeyThumbprint) -> Self {
        self.key = Some(thumbprint);
        self
    }

    /// Lets it use PKCE with this verifier: 43 to 128 unreserved characters
    /// ([RFC 7636 §4.1](https://www.rfc-editor.org/rfc/rfc7636#section-4.1)).
    ///
    /// # Panics
    ///
    /// Panics if the verifier is none.
    #[must_use]
    #[track_caller]
    pub fn pkce(mut self, verifier: &str) -> Self {
        self.verifier = Some(super::must(PkceVerifier::parse(verifier)));
        self
    }

    /// Lets nobody but this end user approve.
    #[must_use]
    pub fn expected_subject(mut self, subject: &str) -> Self {
        self.expected_subject = Some(subject.into());
        self
    }

    /// Attaches facts of the host's own.
    #[must_use]
    pub fn data(mut self, data: HostData) -> Self {
        self.data = data;
        self
    }

    /// Asks for codes, for this scope; for none in particular if the text is empty.
    ///
    /// # Errors
    ///
    /// [`StepError::AuthorizationRefused`], [`StepError::TooManyAuthorizations`] or a fault.
    pub fn authorize(self, scope: &str) -> Result<WaitingDevice, StepError> {
        let request = DeviceAuthorizationRequest::from_pairs([("scope", scope)])?;
        self.request(request)
    }

    /// Asks for codes in so many words.
    ///
    /// # Errors
    ///
    /// As [`authorize`](Self::authorize).
    pub fn request(self, request: DeviceAuthorizationRequest) -> Result<WaitingDevice, StepError> {
        let client = self.client.asking_for(&request);
        let mut request = request;
        if let Some(verifier) = &self.verifier {
            request.code_challenge = Some(verifier.challenge());
        }
        request = request.with_origin(self.origin).with_data(self.data);
        request.key = self.key;
        request.expected_subject = self.expected_subject;
        let authorized = self.grants.authorize(&client, request);
        let response = self.executor.catch(authorized)?;
        Ok(WaitingDevice::new(
            self.grants.clone(),
            self.executor,
            client,
            response,
            self.key,
            self.verifier,
        ))
    }
}

impl Owner {
    fn asking_for(self, request: &DeviceAuthorizationRequest) -> Client {
        let id = match self {
            Self::Client(client) => return client,
            Self::Named(id) => id,
        };
        let details = request.authorization_details.as_deref().unwrap_or_default();
        let types = details
            .iter()
            .filter_map(|detail| detail.get("type")?.as_str());
        let scope = request.scope.clone().unwrap_or_default();
        let terms = Terms::new(scope)
            .resources(request.resources.clone())
            .authorization_details_types(types);
        Client::new(id).device_grant(terms)
    }
}
