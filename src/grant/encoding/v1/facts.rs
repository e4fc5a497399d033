use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::base64url::Base64Url;
use super::super::nested::Nested;
use crate::grant::encoding::Columns;
use crate::grant::{
    Access, ClientId, Facts, Holder, HostData, KeyThumbprint, Origin, Place, Subject,
};
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
    pub(super) fn of(holder: &Holder) -> Option<Self> {
        holder.is_bound().then(|| Self {
            key_thumbprint: holder.key_thumbprint.map(|key| Base64Url(*key.as_bytes())),
            pkce_challenge: holder
                .pkce_challenge
                .map(|challenge| Base64Url(*challenge.as_bytes())),
        })
    }

    pub(super) fn into_holder(binding: Option<Self>, client_id: ClientId) -> Holder {
        let mut holder = Holder::new(client_id);
        if let Some(Self {
            key_thumbprint,
            pkce_challenge,
        }) = binding
        {
            holder.key_thumbprint = key_thumbprint.map(|key| KeyThumbprint::from_bytes(key.0));
            holder.pkce_challenge =
                pkce_challenge.map(|challenge| PkceChallenge::from_bytes(challenge.0));
        }
        holder
    }
}

/// The facts that are in no column.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rest {
    #[serde(rename = "r")]
    requested: StoredAccess,
    #[serde(rename = "s", default, skip_serializing_if = "StoredSignIn::is_empty")]
    sign_in: StoredSignIn,
    #[serde(
        rename = "x",
        default,
        skip_serializing_if = "ExtraParameters::is_empty"
    )]
    extras: ExtraParameters,
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    expected_subject: Option<Subject>,
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    ip: Option<IpAddr>,
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    user_agent: Option<Box<str>>,
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    device_label: Option<Box<str>>,
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    country: Option<Box<str>>,
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    autonomous_system: Option<u32>,
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    data: Option<Nested<HostData>>,
}

impl Rest {
    pub(super) fn of(facts: &Facts) -> Self {
        let place = facts.origin.place();
        Self {
            requested: StoredAccess::of(&facts.requested),
            sign_in: StoredSignIn::of(&facts.sign_in),
            extras: facts.extras.clone(),
            expected_subject: facts.expected_subject.clone(),
            ip: facts.origin.ip_address(),
            user_agent: facts.origin.user_agent_text().map(Box::from),
            device_label: facts.origin.device_label_text().map(Box::from),
            country: place.country_code().map(Box::from),
            autonomous_system: place.autonomous_system_number(),
            data: stored_data(&facts.data),
        }
    }

    pub(super) fn into_facts(self, columns: Columns, holder: Holder, interval: u32) -> Facts {
        let place = Place::new()
            .country(self.country.as_deref().unwrap_or_default())
            .autonomous_system(self.autonomous_system.unwrap_or_default());
        Facts {
            id: columns.id,
            issuer: columns.issuer,
            user_code: columns.user_code,
            holder,
            requested: self.requested.into_access(),
            sign_in: self.sign_in.into_parameters(),
            extras: self.extras,
            expected_subject: self.expected_subject,
            origin: Origin::from_parts(self.ip, self.user_agent, self.device_label, place),
            data: self.data.map(|data| data.0).unwrap_or_default(),
            issued_at: columns.issued_at,
            expires_at: columns.expires_at,
            interval,
        }
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredAccess {
    #[serde(rename = "s", default, skip_serializing_if = "Scope::is_empty")]
    scope: Scope,
    #[serde(rename = "r", default, skip_serializing_if = "Vec::is_empty")]
    resources: Vec<String>,
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    authorization_details: Option<Nested<Vec<Value>>>,
}

impl StoredAccess {
    pub(super) fn of(access: &Access) -> Self {
        let details = &access.authorization_details;
        Self {
            scope: access.scope.clone(),
            resources: access.resources.clone(),
            authorization_details: (!details.is_empty()).then(|| Nested(details.clone())),
        }
    }

    pub(super) fn into_access(self) -> Access {
        Access {
            scope: self.scope,
            resources: self.resources,
            authorization_details: self
                .authorization_details
                .map(|details| details.0)
                .unwrap_or_default(),
        }
    }
}

#[derive(Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct StoredSignIn {
    #[serde(rename = "a", default, skip_serializing_if = "Vec::is_empty")]
    acr_values: Vec<String>,
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    max_age: Option<u32>,
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    login_hint: Option<String>,
    #[serde(rename = "l", default, skip_serializing_if = "Vec::is_empty")]
    ui_locales: Vec<String>,
}

impl StoredSignIn {
    fn is_empty(&self) -> bool {
        self.acr_values.is_empty()
            && self.max_age.is_none()
            && self.login_hint.is_none()
            && self.ui_locales.is_empty()
    }

    fn of(parameters: &SignInParameters) -> Self {
        let (acr_values, max_age, login_hint, ui_locales) = parameters.clone().into_parts();
        Self {
            acr_values,
            max_age,
            login_hint,
            ui_locales,
        }
    }

    fn into_parameters(self) -> SignInParameters {
        SignInParameters::from_parts(
            self.acr_values,
            self.max_age,
            self.login_hint,
            self.ui_locales,
        )
    }
}

pub(super) fn stored_data(data: &HostData) -> Option<Nested<HostData>> {
    (!data.is_empty()).then(|| Nested(data.clone()))
}
