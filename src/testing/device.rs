use std::net::IpAddr;

use super::executor::Executor;
use super::{StepError, WaitingDevice};
use crate::device_grants::DeviceGrants;
use crate::grant::{HostData, KeyThumbprint, Origin, Place, Subject};
use crate::host::DeviceAuthorizationRequest;
use crate::host::{Client, Terms};
use crate::message::PkceVerifier;

/// A device that has not requested codes yet.
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

    /// Sets the client of the device, with its terms.
    #[must_use]
    pub fn client(mut self, client: Client) -> Self {
        self.client = Owner::Client(client);
        self
    }

    /// Sets the address of its requests.
    #[must_use]
    pub fn ip(mut self, ip: impl Into<IpAddr>) -> Self {
        self.origin = self.origin.with_ip(ip.into());
        self
    }

    /// Sets the place of that address.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.origin = self.origin.with_place(place);
        self
    }

    /// Sets the device's own, unverified name.
    #[must_use]
    pub fn label(mut self, label: &str) -> Self {
        self.origin = self.origin.with_device_label(label);
        self
    }

    /// Sets the key that the device proves with every request.
    #[must_use]
    pub fn key(mut self, thumbprint: KeyThumbprint) -> Self {
        self.key = Some(thumbprint);
        self
    }

    /// Sets the PKCE verifier of the device: 43 to 128 unreserved characters
    /// ([RFC 7636 §4.1](https://www.rfc-editor.org/rfc/rfc7636#section-4.1)).
    ///
    /// # Panics
    ///
    /// If the verifier is invalid.
    #[must_use]
    #[track_caller]
    pub fn pkce(mut self, verifier: &str) -> Self {
        self.verifier = Some(super::must(PkceVerifier::parse(verifier)));
        self
    }

    /// Allows only this end user to approve.
    #[must_use]
    pub fn expected_subject(mut self, subject: &str) -> Self {
        self.expected_subject = Some(subject.into());
        self
    }

    /// Sets your own data of the grant.
    #[must_use]
    pub fn data(mut self, data: HostData) -> Self {
        self.data = data;
        self
    }

    /// Requests codes for this scope; without `scope` if the text is empty.
    ///
    /// # Errors
    ///
    /// [`StepError::AuthorizationRefused`], [`StepError::TooManyAuthorizations`] or a fault.
    pub fn authorize(self, scope: &str) -> Result<WaitingDevice, StepError> {
        let request = DeviceAuthorizationRequest::from_pairs([("scope", scope)])?;
        self.request(request)
    }

    /// Requests codes with this request.
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
        // Terms for exactly what is asked: without terms of its own, a scenario is not about them.
        let terms = Terms::new(scope)
            .resources(request.resources.clone())
            .authorization_details_types(types);
        Client::new(id).device_grant(terms)
    }
}
