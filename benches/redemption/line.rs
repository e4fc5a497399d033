use std::fmt;
use std::io::{Write, stdout};
use std::time::{SystemTime, UNIX_EPOCH};

/// A report of a worker to the supervisor, on one line.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Line {
    /// The issuer was called for an attempt at a grant.
    Attempt { grant: String, attempt: String },
    /// It was called for an attempt that was committed before.
    Redelivery,
    /// The call failed.
    IssuerFailed,
    /// Tokens of an attempt will not be delivered.
    Discard,
    /// A poller got the tokens of an attempt.
    Delivered {
        grant: String,
        attempt: String,
        at: i64,
    },
    /// A poller has to come again.
    Again(Again),
    /// The store failed at a poll of a grant, so the poller has to come again.
    Fault { grant: String },
    /// A poller got what it should not have got.
    Wrong(String),
    /// All pollers of a grant in this process came to an end.
    Ended { grant: String },
}

/// Why a poller has to come again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Again {
    Pending,
    Unavailable,
}

impl Line {
    /// Says it in one write, which a kill leaves whole or undone.
    pub(crate) fn say(&self) {
        let line = format!("{self}\n");
        let mut out = stdout().lock();
        out.write_all(line.as_bytes())
            .expect("the supervisor hears");
    }

    pub(crate) fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let kind = words.next()?;
        let mut word = || words.next().map(str::to_owned);
        Some(match kind {
            "attempt" => Self::Attempt {
                grant: word()?,
                attempt: word()?,
            },
            "redelivery" => Self::Redelivery,
            "failed" => Self::IssuerFailed,
            "discard" => Self::Discard,
            "delivered" => Self::Delivered {
                grant: word()?,
                attempt: word()?,
                at: word()?.parse().ok()?,
            },
            "pending" => Self::Again(Again::Pending),
            "unavailable" => Self::Again(Again::Unavailable),
            "fault" => Self::Fault { grant: word()? },
            "wrong" => Self::Wrong(line.to_owned()),
            "ended" => Self::Ended { grant: word()? },
            _ => return None,
        })
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attempt { grant, attempt } => write!(f, "attempt {grant} {attempt}"),
            Self::Redelivery => f.write_str("redelivery"),
            Self::IssuerFailed => f.write_str("failed"),
            Self::Discard => f.write_str("discard"),
            Self::Delivered { grant, attempt, at } => write!(f, "delivered {grant} {attempt} {at}"),
            Self::Again(Again::Pending) => f.write_str("pending"),
            Self::Again(Again::Unavailable) => f.write_str("unavailable"),
            Self::Fault { grant } => write!(f, "fault {grant}"),
            Self::Wrong(what) => write!(f, "wrong {what}"),
            Self::Ended { grant } => write!(f, "ended {grant}"),
        }
    }
}

/// The time by which all processes go, in microseconds.
#[expect(clippy::disallowed_methods, reason = "it compares processes")]
pub(crate) fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    i64::try_from(now.expect("after 1970").as_micros()).expect("a time")
}
