use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::super::base64url::Base64Url;
use super::super::nested::Nested;
use super::facts::{StoredAccess, stored_data};
use crate::grant::{Arrival, Attempt, Claim, Denial, Fence, Granted, HostData, Lease, Nonce};
use crate::grant::{Pause, Refusal, Reviewer, SessionDigest, State, Subject, Timestamp};
use crate::message::ErrorCode;

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
pub(super) enum StoredState {
    Pending,
    Reviewed(StoredClaim),
    Approved {
        g: StoredGranted,
        n: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        p: Option<StoredPause>,
    },
    Denied {
        c: StoredClaim,
        d: StoredDenial,
        t: Timestamp,
    },
    Redeeming {
        g: StoredGranted,
        a: StoredAttempt,
        b: Timestamp,
        u: Timestamp,
        #[serde(default, skip_serializing_if = "<[String]>::is_empty")]
        r: Arc<[String]>,
    },
    Redeemed {
        g: StoredGranted,
        a: StoredAttempt,
        #[serde(default, skip_serializing_if = "<[String]>::is_empty")]
        r: Arc<[String]>,
        t: Timestamp,
    },
    Refused {
        g: StoredGranted,
        e: ErrorCode,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        d: Option<String>,
        t: Timestamp,
    },
    Revoked {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        a: Option<StoredAttempt>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        u: Option<Subject>,
        t: Timestamp,
    },
}

impl StoredState {
    pub(super) fn of(state: &State) -> Self {
        match state {
            State::Pending { review: None } => Self::Pending,
            State::Pending {
                review: Some(claim),
            } => Self::Reviewed(StoredClaim::of(claim)),
            State::Approved {
                granted,
                attempts,
                pause,
            } => Self::Approved {
                g: StoredGranted::of(granted),
                n: *attempts,
                p: pause.map(|pause| StoredPause {
                    b: pause.begun,
                    u: pause.until,
                }),
            },
            State::Denied { claim, denial, at } => Self::Denied {
                c: StoredClaim::of(claim),
                d: StoredDenial::of(*denial),
                t: *at,
            },
            State::Redeeming {
                granted,
                lease,
                resources,
            } => Self::Redeeming {
                g: StoredGranted::of(granted),
                a: StoredAttempt::of(lease.attempt),
                b: lease.begun,
                u: lease.until,
                r: Arc::clone(resources),
            },
            State::Redeemed {
                granted,
                attempt,
                resources,
                at,
            } => Self::Redeemed {
                g: StoredGranted::of(granted),
                a: StoredAttempt::of(*attempt),
                r: Arc::clone(resources),
                t: *at,
            },
            State::Refused {
                granted,
                refusal,
                at,
            } => Self::Refused {
                g: StoredGranted::of(granted),
                e: refusal.error(),
                d: refusal.description_text().map(str::to_owned),
                t: *at,
            },
            State::Revoked {
                redeemed,
                subject,
                at,
            } => Self::Revoked {
                a: redeemed.map(StoredAttempt::of),
                u: subject.clone(),
                t: *at,
            },
        }
    }

    pub(super) fn into_state(self) -> State {
        match self {
            Self::Pending => State::Pending { review: None },
            Self::Reviewed(claim) => State::Pending {
                review: Some(Arc::new(claim.into_claim())),
            },
            Self::Approved { g, n, p } => State::Approved {
                granted: g.into_granted(),
                attempts: n,
                pause: p.map(|p| Pause {
                    begun: p.b,
                    until: p.u,
                }),
            },
            Self::Denied { c, d, t } => State::Denied {
                claim: Arc::new(c.into_claim()),
                denial: d.into_denial(),
                at: t,
            },
            Self::Redeeming { g, a, b, u, r } => State::Redeeming {
                granted: g.into_granted(),
                lease: Lease {
                    attempt: a.into_attempt(),
                    begun: b,
                    until: u,
                },
                resources: r,
            },
            Self::Redeemed { g, a, r, t } => State::Redeemed {
                granted: g.into_granted(),
                attempt: a.into_attempt(),
                resources: r,
                at: t,
            },
            Self::Refused { g, e, d, t } => State::Refused {
                granted: g.into_granted(),
                refusal: Refusal::from_parts(e, d),
                at: t,
            },
            Self::Revoked { a, u, t } => State::Revoked {
                redeemed: a.map(StoredAttempt::into_attempt),
                subject: u,
                at: t,
            },
        }
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredClaim {
    #[serde(rename = "u")]
    subject: Subject,
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    session: Option<Base64Url<16>>,
    #[serde(rename = "n")]
    nonce: Base64Url<16>,
    #[serde(rename = "l", default, skip_serializing_if = "std::ops::Not::not")]
    by_link: bool,
    #[serde(rename = "t")]
    at: Timestamp,
}

impl StoredClaim {
    fn of(claim: &Claim) -> Self {
        let session = claim.reviewer.session;
        Self {
            subject: claim.reviewer.subject.clone(),
            session: session.map(|session| Base64Url(*session.as_bytes())),
            nonce: Base64Url(*claim.nonce.as_bytes()),
            by_link: claim.arrival == Arrival::Link,
            at: claim.at,
        }
    }

    fn into_claim(self) -> Claim {
        let session = self
            .session
            .map(|session| SessionDigest::from_bytes(session.0));
        Claim {
            reviewer: Reviewer::new(self.subject, session),
            nonce: Nonce::from_bytes(self.nonce.0),
            arrival: if self.by_link {
                Arrival::Link
            } else {
                Arrival::Typed
            },
            at: self.at,
        }
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredGranted {
    #[serde(rename = "c")]
    claim: StoredClaim,
    #[serde(rename = "g")]
    access: StoredAccess,
    #[serde(rename = "t")]
    at: Timestamp,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    acr: Option<String>,
    #[serde(rename = "m", default, skip_serializing_if = "Vec::is_empty")]
    amr: Vec<String>,
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    auth_time: Option<Timestamp>,
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    data: Option<Nested<HostData>>,
}

impl StoredGranted {
    fn of(granted: &Granted) -> Self {
        Self {
            claim: StoredClaim::of(&granted.claim),
            access: StoredAccess::of(&granted.access),
            at: granted.at,
            acr: granted.acr.clone(),
            amr: granted.amr.clone(),
            auth_time: granted.auth_time,
            data: stored_data(&granted.data),
        }
    }

    fn into_granted(self) -> Arc<Granted> {
        Arc::new(Granted {
            claim: self.claim.into_claim(),
            access: self.access.into_access(),
            at: self.at,
            acr: self.acr,
            amr: self.amr,
            auth_time: self.auth_time,
            data: self.data.map(|data| data.0).unwrap_or_default(),
        })
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredAttempt {
    f: Base64Url<16>,
    n: u32,
}

impl StoredAttempt {
    fn of(attempt: Attempt) -> Self {
        Self {
            f: Base64Url(*attempt.fence.as_bytes()),
            n: attempt.ordinal,
        }
    }

    fn into_attempt(self) -> Attempt {
        Attempt::new(Fence::from_bytes(self.f.0), self.n)
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredPause {
    b: Timestamp,
    u: Timestamp,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum StoredDenial {
    Declined,
    NotMe,
}

impl StoredDenial {
    fn of(denial: Denial) -> Self {
        match denial {
            Denial::Declined => Self::Declined,
            Denial::NotMe => Self::NotMe,
        }
    }

    fn into_denial(self) -> Denial {
        match self {
            Self::Declined => Denial::Declined,
            Self::NotMe => Denial::NotMe,
        }
    }
}
