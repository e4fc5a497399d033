use serde::{Deserialize, Serialize};

use super::{Access, Claim, HostData, Subject, Timestamp};

/// What an end user granted, and how they had signed in when they did.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Granted {
    /// The review that led to the approval; its subject is whose account it is.
    pub claim: Claim,
    /// What was granted: within what was requested.
    pub access: Access,
    /// When it was granted.
    pub at: Timestamp,
    /// The authentication context class that the end user's sign-in met (OpenID Connect `acr`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// The methods by which the end user signed in (OpenID Connect `amr`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// When the end user signed in (OpenID Connect `auth_time`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<Timestamp>,
    /// What the host wants to find again when the tokens are issued.
    #[serde(default, skip_serializing_if = "HostData::is_empty")]
    pub data: HostData,
}

impl Granted {
    /// `access`, granted by the reviewer of `claim` at `at`.
    #[must_use]
    pub fn new(claim: Claim, access: Access, at: Timestamp) -> Self {
        Self {
            claim,
            access,
            at,
            acr: None,
            amr: Vec::new(),
            auth_time: None,
            data: HostData::default(),
        }
    }

    /// Whose account the tokens are for.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.claim.reviewer.subject
    }
}
