use std::fmt;
use std::net::IpAddr;

use super::{Access, Arrival, Claim, HostData, Reviewer, Subject, Timestamp};

/// An approval: the access that an end user granted, and how they had signed in.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Granted {
    /// The granted access: at most the requested access.
    pub access: Access,
    /// The time of the approval.
    pub at: Timestamp,
    /// The authentication context class of the end user's sign-in (OpenID Connect `acr`).
    pub acr: Option<String>,
    /// The methods by which the end user signed in (OpenID Connect `amr`).
    pub amr: Vec<String>,
    /// The time at which the end user signed in (OpenID Connect `auth_time`).
    pub auth_time: Option<Timestamp>,
    /// The end user's address at the approval, if you passed it.
    pub ip: Option<IpAddr>,
    /// Your own data, from the [`Approval`](crate::Approval::data).
    pub data: HostData,
    /// The review that led to the approval.
    pub(crate) claim: Claim,
}

impl Granted {
    /// `access`, granted by the reviewer of `claim` at `at`.
    pub(crate) fn new(claim: Claim, access: Access, at: Timestamp) -> Self {
        Self {
            claim,
            access,
            at,
            acr: None,
            amr: Vec::new(),
            auth_time: None,
            ip: None,
            data: HostData::default(),
        }
    }

    /// The same approval by nobody: neither the end user nor anything of their sign-in is left.
    pub(super) fn by_nobody(&self) -> Self {
        let nobody = Reviewer::new("", None);
        let claim = Claim {
            reviewer: nobody,
            ..self.claim.clone()
        };
        Self::new(claim, self.access.clone(), self.at)
    }

    /// Returns the end user who approved, for whose account the tokens are.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.claim.reviewer.subject
    }

    /// Returns the way in which the user code reached the page: typed, or by a link.
    #[must_use]
    pub fn arrival(&self) -> Arrival {
        self.claim.arrival
    }
}

impl fmt::Debug for Granted {
    /// Leaves out the nonce and the session of the review.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Granted")
            .field("subject", self.subject())
            .field("access", &self.access)
            .field("at", &self.at)
            .field("ip", &self.ip)
            .field("arrival", &self.arrival())
            .field("acr", &self.acr)
            .field("amr", &self.amr)
            .field("auth_time", &self.auth_time)
            .field("data", &self.data)
            .finish_non_exhaustive()
    }
}
