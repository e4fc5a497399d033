use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::base64url::Base64Url;
use super::super::nested::Nested;
use super::facts::{StoredAccess, read_data, stored_data};
use crate::code::ConfirmationDigest;
use crate::grant::{Arrival, Attempt, Claim, Confirmation, Denial, Fence, Granted, Lease, Nonce};
use crate::grant::{Pause, Reviewer, SessionDigest, State, Subject, Timestamp};
use crate::message::{ErrorCode, ErrorResponse};

#[derive(Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
pub(super) enum StoredState<'a> {
    #[default]
    Pending,
    Reviewed(StoredClaim),
    Approved {
        g: StoredGranted<'a>,
        n: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        p: Option<StoredPause>,
    },
    Unconfirmed {
        g: StoredGranted<'a>,
        k: Base64Url<16>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        w: Vec<Base64Url<16>>,
    },
    Denied {
        c: StoredClaim,
        d: StoredDenial,
        t: i64,
    },
    Redeeming {
        g: StoredGranted<'a>,
        a: StoredAttempt,
        b: i64,
        u: i64,
        #[serde(default, skip_serializing_if = "<[String]>::is_empty")]
        r: Arc<[String]>,
    },
    Redeemed {
        g: StoredGranted<'a>,
        a: StoredAttempt,
        #[serde(default, skip_serializing_if = "<[String]>::is_empty")]
        r: Arc<[String]>,
        t: i64,
    },
    Refused {
        g: StoredGranted<'a>,
        e: ErrorCode,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        d: Option<Cow<'a, str>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        i: Option<Cow<'a, str>>,
        t: i64,
    },
    Lapsed {
        g: StoredGranted<'a>,
        t: i64,
    },
    Revoked {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        a: Option<StoredAttempt>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        g: Option<StoredGranted<'a>>,
        t: i64,
    },
}

impl<'a> StoredState<'a> {
    pub(super) fn is_pending(&self) -> bool {
        matches!(self, Self::Pending)
    }

    pub(super) fn of(state: &'a State) -> Self {
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
                    b: pause.begun.as_micros(),
                    u: pause.until.as_micros(),
                }),
            },
            State::Unconfirmed {
                granted,
                confirmation,
            } => Self::Unconfirmed {
                g: StoredGranted::of(granted),
                k: stored_digest(&confirmation.code),
                w: confirmation.wrong.iter().map(stored_digest).collect(),
            },
            State::Denied { claim, denial, at } => Self::Denied {
                c: StoredClaim::of(claim),
                d: StoredDenial::of(*denial),
                t: at.as_micros(),
            },
            State::Redeeming {
                granted,
                lease,
                resources,
            } => Self::Redeeming {
                g: StoredGranted::of(granted),
                a: StoredAttempt::of(lease.attempt),
                b: lease.begun.as_micros(),
                u: lease.until.as_micros(),
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
                t: at.as_micros(),
            },
            State::Refused {
                granted,
                refusal,
                at,
            } => Self::Refused {
                g: StoredGranted::of(granted),
                e: refusal.error,
                d: refusal.error_description.as_deref().map(Cow::Borrowed),
                i: refusal.error_uri.as_deref().map(Cow::Borrowed),
                t: at.as_micros(),
            },
            State::Lapsed { granted, at } => Self::Lapsed {
                g: StoredGranted::of(granted),
                t: at.as_micros(),
            },
            State::Revoked {
                redeemed,
                granted,
                at,
            } => Self::Revoked {
                a: redeemed.map(StoredAttempt::of),
                g: granted.as_deref().map(StoredGranted::of),
                t: at.as_micros(),
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
                    begun: Timestamp::from_micros(p.b),
                    until: Timestamp::from_micros(p.u),
                }),
            },
            Self::Unconfirmed { g, k, w } => State::Unconfirmed {
                granted: g.into_granted(),
                confirmation: Confirmation {
                    code: read_digest(k),
                    wrong: w.into_iter().map(read_digest).collect(),
                },
            },
            Self::Denied { c, d, t } => State::Denied {
                claim: Arc::new(c.into_claim()),
                denial: d.into_denial(),
                at: Timestamp::from_micros(t),
            },
            Self::Redeeming { g, a, b, u, r } => State::Redeeming {
                granted: g.into_granted(),
                lease: Lease {
                    attempt: a.into_attempt(),
                    begun: Timestamp::from_micros(b),
                    until: Timestamp::from_micros(u),
                },
                resources: r,
            },
            Self::Redeemed { g, a, r, t } => State::Redeemed {
                granted: g.into_granted(),
                attempt: a.into_attempt(),
                resources: r,
                at: Timestamp::from_micros(t),
            },
            Self::Refused { g, e, d, i, t } => State::Refused {
                granted: g.into_granted(),
                refusal: read_refusal(e, d.map(Cow::into_owned), i.map(Cow::into_owned)),
                at: Timestamp::from_micros(t),
            },
            Self::Lapsed { g, t } => State::Lapsed {
                granted: g.into_granted(),
                at: Timestamp::from_micros(t),
            },
            Self::Revoked { a, g, t } => State::Revoked {
                redeemed: a.map(StoredAttempt::into_attempt),
                granted: g.map(StoredGranted::into_granted),
                at: Timestamp::from_micros(t),
            },
        }
    }
}

fn stored_digest(digest: &ConfirmationDigest) -> Base64Url<16> {
    Base64Url(*digest.as_bytes())
}

fn read_digest(stored: Base64Url<16>) -> ConfirmationDigest {
    ConfirmationDigest::from_bytes(stored.0)
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredClaim {
    #[serde(rename = "u")]
    subject: Arc<str>,
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    session: Option<Base64Url<16>>,
    #[serde(rename = "n")]
    nonce: Base64Url<16>,
    #[serde(rename = "l", default, skip_serializing_if = "std::ops::Not::not")]
    by_link: bool,
    #[serde(rename = "t")]
    at: i64,
}

impl StoredClaim {
    fn of(claim: &Claim) -> Self {
        let session = claim.reviewer.session;
        Self {
            subject: claim.reviewer.subject.shared(),
            session: session.map(|session| Base64Url(*session.as_bytes())),
            nonce: Base64Url(*claim.nonce.as_bytes()),
            by_link: claim.arrival == Arrival::Link,
            at: claim.at.as_micros(),
        }
    }

    fn into_claim(self) -> Claim {
        let session = self
            .session
            .map(|session| SessionDigest::from_bytes(session.0));
        Claim {
            reviewer: Reviewer::new(Subject::new(self.subject), session),
            nonce: Nonce::from_bytes(self.nonce.0),
            arrival: if self.by_link {
                Arrival::Link
            } else {
                Arrival::Typed
            },
            at: Timestamp::from_micros(self.at),
        }
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredGranted<'a> {
    #[serde(rename = "c")]
    claim: StoredClaim,
    #[serde(rename = "g")]
    access: StoredAccess<'a>,
    #[serde(rename = "t")]
    at: i64,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    acr: Option<Cow<'a, str>>,
    #[serde(rename = "m", default, skip_serializing_if = "<[String]>::is_empty")]
    amr: Cow<'a, [String]>,
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    auth_time: Option<i64>,
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    ip: Option<IpAddr>,
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    data: Option<Nested<Cow<'a, Map<String, Value>>>>,
}

impl<'a> StoredGranted<'a> {
    fn of(granted: &'a Granted) -> Self {
        Self {
            claim: StoredClaim::of(&granted.claim),
            access: StoredAccess::of(&granted.access),
            at: granted.at.as_micros(),
            acr: granted.acr.as_deref().map(Cow::Borrowed),
            amr: Cow::Borrowed(&granted.amr),
            auth_time: granted.auth_time.map(Timestamp::as_micros),
            ip: granted.ip,
            data: stored_data(&granted.data),
        }
    }

    fn into_granted(self) -> Arc<Granted> {
        Arc::new(Granted {
            claim: self.claim.into_claim(),
            access: self.access.into_access(),
            at: Timestamp::from_micros(self.at),
            acr: self.acr.map(Cow::into_owned),
            amr: self.amr.into_owned(),
            auth_time: self.auth_time.map(Timestamp::from_micros),
            ip: self.ip,
            data: read_data(self.data),
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

fn read_refusal(error: ErrorCode, text: Option<String>, uri: Option<String>) -> ErrorResponse {
    let mut refusal = ErrorResponse::new(error);
    (refusal.error_description, refusal.error_uri) = (text, uri);
    refusal
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredPause {
    b: i64,
    u: i64,
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
