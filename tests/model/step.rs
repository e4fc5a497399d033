//! The steps of a history, and what may be heard of them.

/// One of two clients at one of two issuers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Device {
    pub(crate) issuer: usize,
    pub(crate) client: usize,
}

/// One of two end users.
pub(crate) type Person = usize;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Decision {
    Approve,
    Deny,
    Release,
}

/// The health of the token issuer.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Mood {
    #[default]
    Works,
    Unavailable,
    Refuses,
}

/// A step of somebody's. Grants and tickets are named by the order in which they came, nodes by their number at the issuer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Pass {
        milliseconds: u64,
    },
    Purge {
        issuer: usize,
        node: usize,
    },
    Become(Mood),
    Authorize {
        device: Device,
        node: usize,
    },
    Enter {
        issuer: usize,
        node: usize,
        person: Person,
        grant: usize,
    },
    Decide {
        issuer: usize,
        node: usize,
        person: Person,
        ticket: usize,
        decision: Decision,
    },
    Poll {
        device: Device,
        node: usize,
        grant: usize,
    },
    Revoke {
        issuer: usize,
        node: usize,
        grant: usize,
    },
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Answer {
    Done,
    Reviewed,
    Unknown,
    Refused,
    AlreadyDecided { approved: bool },
    Pending,
    SlowDown { interval: u64 },
    Unavailable,
    Tokens,
    Denied,
    HostRefused,
    Expired,
    InvalidGrant,
    Withdrawn,
    TokensLiveOn,
    NothingToRevoke,
}

impl Step {
    /// Names a grant and a ticket that are there. `None` if there is none to name.
    pub(crate) fn among(mut self, (grants, tickets): (usize, usize)) -> Option<Self> {
        match &mut self {
            Self::Enter { grant, .. } | Self::Poll { grant, .. } | Self::Revoke { grant, .. } => {
                *grant = grant.checked_rem(grants)?;
            }
            Self::Decide { ticket, .. } => *ticket = ticket.checked_rem(tickets)?,
            Self::Pass { .. } | Self::Purge { .. } | Self::Become(_) | Self::Authorize { .. } => {}
        }
        Some(self)
    }
}
