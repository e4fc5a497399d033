use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::base64url::Base64Url;
use super::super::nested::Nested;
use crate::grant::encoding::Columns;
use crate::grant::{Access, Binding, Facts, HostData, KeyThumbprint, Origin, Place, Subject};
use crate::message::{ExtraParameters, PkceChallenge, Scope, SignInParameters};

/// The key or secret that a grant is bound to besides its client.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredBinding {
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    key_thumbprint: Option<Base64Url<32>>,
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pkce_challenge: Option<Base64Url<32>>,
}

impl StoredBinding {
    pub(super) fn of(binding: &Binding) -> Option<Self> {
        (!binding.is_none()).then(|| Self {
            key_thumbprint: binding.key_thumbprint.map(|key| Base64Url(*key.as_bytes())),
            pkce_challenge: binding
                .pkce_challenge
                .map(|challenge| Base64Url(*challenge.as_bytes())),
        })
    }

    pub(super) fn into_binding(stored: Option<Self>) -> Binding {
        let stored = stored.map(|stored| Binding {
            key_thumbprint: stored
                .key_thumbprint
                .map(|key| KeyThumbprint::from_bytes(key.0)),
            pkce_challenge: stored
                .pkce_challenge
                .map(|challenge| PkceChallenge::from_bytes(challenge.0)),
        });
        stored.unwrap_or_default()
    }
}

/// The facts that are in no column, but what is requested. Each is left out if it is not there.
#[derive(Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rest<'a> {
    #[serde(rename = "s", default, skip_serializing_if = "StoredSignIn::is_empty")]
    sign_in: StoredSignIn<'a>,
    #[serde(
        rename = "x",
        default,
        skip_serializing_if = "ExtraParameters::is_empty"
    )]
    extras: Cow<'a, ExtraParameters>,
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    expected_subject: Option<Arc<str>>,
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    ip: Option<IpAddr>,
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    user_agent: Option<Cow<'a, str>>,
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    device_label: Option<Cow<'a, str>>,
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    country: Option<Cow<'a, str>>,
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    autonomous_system: Option<u32>,
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    data: Option<Nested<Cow<'a, Map<String, Value>>>>,
    #[serde(rename = "k", default, skip_serializing_if = "std::ops::Not::not")]
    needs_confirmation: bool,
}

impl<'a> Rest<'a> {
    pub(super) fn of(facts: &'a Facts) -> Self {
        let place = &facts.origin.place;
        Self {
            sign_in: StoredSignIn::of(&facts.sign_in),
            extras: Cow::Borrowed(&facts.extras),
            expected_subject: facts.expected_subject.as_ref().map(Subject::shared),
            ip: facts.origin.ip,
            user_agent: facts.origin.user_agent().map(Cow::Borrowed),
            device_label: facts.origin.device_label().map(Cow::Borrowed),
            country: place.country().map(Cow::Borrowed),
            autonomous_system: place.autonomous_system(),
            data: stored_data(&facts.data),
            needs_confirmation: facts.needs_confirmation,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn into_facts(
        self,
        columns: Columns,
        binding: Binding,
        requested: Access,
        interval: u32,
    ) -> Facts {
        let place = Place::new()
            .with_country(self.country.as_deref().unwrap_or_default())
            .with_autonomous_system(self.autonomous_system.unwrap_or_default());
        Facts {
            id: columns.id,
            issuer: columns.issuer,
            client_id: columns.client_id,
            requested,
            sign_in: self.sign_in.into_parameters(),
            extras: self.extras.into_owned(),
            expected_subject: self.expected_subject.map(Subject::new),
            origin: Origin::from_parts(
                self.ip,
                self.user_agent.map(|text| text.into_owned().into()),
                self.device_label.map(|text| text.into_owned().into()),
                place,
            ),
            data: read_data(self.data),
            needs_confirmation: self.needs_confirmation,
            issued_at: columns.issued_at,
            expires_at: columns.expires_at,
            user_code: columns.user_code,
            binding,
            interval,
        }
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredAccess<'a> {
    #[serde(rename = "s", default, skip_serializing_if = "Scope::is_empty")]
    scope: Cow<'a, Scope>,
    #[serde(rename = "r", default, skip_serializing_if = "<[String]>::is_empty")]
    resources: Cow<'a, [String]>,
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    authorization_details: Option<Nested<Cow<'a, [Value]>>>,
}

impl<'a> StoredAccess<'a> {
    pub(super) fn of(access: &'a Access) -> Self {
        let details = access.authorization_details.as_slice();
        Self {
            scope: Cow::Borrowed(&access.scope),
            resources: Cow::Borrowed(&access.resources),
            authorization_details: (!details.is_empty()).then_some(Nested(Cow::Borrowed(details))),
        }
    }

    pub(super) fn into_access(self) -> Access {
        Access {
            scope: self.scope.into_owned(),
            resources: self.resources.into_owned(),
            authorization_details: self
                .authorization_details
                .map(|details| details.0.into_owned())
                .unwrap_or_default(),
        }
    }
}

#[derive(Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
struct StoredSignIn<'a> {
    #[serde(rename = "a", default, skip_serializing_if = "<[String]>::is_empty")]
    acr_values: Cow<'a, [String]>,
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    max_age: Option<u32>,
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    login_hint: Option<Cow<'a, str>>,
    #[serde(rename = "l", default, skip_serializing_if = "<[String]>::is_empty")]
    ui_locales: Cow<'a, [String]>,
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    nonce: Option<Cow<'a, str>>,
}

impl<'a> StoredSignIn<'a> {
    fn is_empty(&self) -> bool {
        self.acr_values.is_empty()
            && self.max_age.is_none()
            && self.login_hint.is_none()
            && self.ui_locales.is_empty()
            && self.nonce.is_none()
    }

    fn of(parameters: &'a SignInParameters) -> Self {
        // Without `..`: a parameter that is added and not stored would be accepted and then ignored.
        let SignInParameters {
            acr_values,
            max_age,
            login_hint,
            ui_locales,
            nonce,
        } = parameters;
        let seconds = |age: Duration| u32::try_from(age.as_secs()).unwrap_or(u32::MAX);
        Self {
            acr_values: Cow::Borrowed(acr_values),
            max_age: max_age.map(seconds),
            login_hint: login_hint.as_deref().map(Cow::Borrowed),
            ui_locales: Cow::Borrowed(ui_locales),
            nonce: nonce.as_deref().map(Cow::Borrowed),
        }
    }

    fn into_parameters(self) -> SignInParameters {
        let seconds = |age: u32| Duration::from_secs(age.into());
        SignInParameters {
            acr_values: self.acr_values.into_owned(),
            max_age: self.max_age.map(seconds),
            login_hint: self.login_hint.map(Cow::into_owned),
            ui_locales: self.ui_locales.into_owned(),
            nonce: self.nonce.map(Cow::into_owned),
        }
    }
}

pub(super) fn stored_data(data: &HostData) -> Option<Nested<Cow<'_, Map<String, Value>>>> {
    (!data.is_empty()).then(|| Nested(Cow::Borrowed(data.members())))
}

pub(super) fn read_data(stored: Option<Nested<Cow<'_, Map<String, Value>>>>) -> HostData {
    let members = stored.map(|stored| stored.0.into_owned());
    members.map_or_else(HostData::default, HostData::from_stored)
}
