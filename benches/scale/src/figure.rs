use std::fmt;

/// A figure, as it is printed.
pub(crate) struct Figure {
    pub(crate) op: Op,
    pub(crate) pending: usize,
    pub(crate) threads: usize,
    pub(crate) value: f64,
}

/// A measured operation, or the bytes of a grant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Op {
    /// Issuing codes, while the last tenth of the grants is issued.
    Authorize,
    /// A poll in time at a grant of which nobody has decided.
    PollPending,
    /// The decision, after the review.
    Approve,
    /// The poll that gets tokens.
    Redeem,
    /// The bytes that the allocator holds for a grant.
    BytesPerPending,
}

impl Op {
    pub(crate) const ALL: [Self; 5] = [
        Self::Authorize,
        Self::PollPending,
        Self::Approve,
        Self::Redeem,
        Self::BytesPerPending,
    ];

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|op| op.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Authorize => "authorize",
            Self::PollPending => "poll_pending",
            Self::Approve => "approve",
            Self::Redeem => "redeem",
            Self::BytesPerPending => "bytes_per_pending",
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Self::Authorize | Self::PollPending | Self::Approve | Self::Redeem => "ns/op",
            Self::BytesPerPending => "B",
        }
    }
}

impl fmt::Display for Figure {
    /// Writes one JSON object. No name in it needs an escape.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            op,
            pending,
            threads,
            value,
        } = self;
        let (name, unit) = (op.name(), op.unit());
        write!(
            f,
            r#"{{"op":"{name}","pending":{pending},"threads":{threads},"value":{value:.1},"unit":"{unit}"}}"#
        )
    }
}
