use std::fmt;
use std::time::Duration;

use super::view::Notice;
use crate::message::ceil_seconds;

/// The outcome of a post, for the GET that it leads to.
///
/// It travels in a cookie and not in the address, so that no link leads to a page that claims it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Outcome {
    /// The code was no good; the form says why.
    Mistaken,
    /// Too many codes were entered.
    TooManyAttempts(Duration),
    /// The review was given up for another account.
    Released,
    /// The post came from another site.
    CrossSite,
    /// The body was not one of the pages' forms.
    BadForm,
    /// Something failed, and may work later.
    Unavailable,
    /// Something failed.
    Failed,
}

impl Outcome {
    const WAIT: &str = "wait-";

    /// Reads what [`Display`](fmt::Display) wrote.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Some(seconds) = text.strip_prefix(Self::WAIT) {
            return Some(Self::TooManyAttempts(Duration::from_secs(
                seconds.parse().ok()?,
            )));
        }
        match text {
            "mistaken" => Some(Self::Mistaken),
            "released" => Some(Self::Released),
            "cross-site" => Some(Self::CrossSite),
            "bad-form" => Some(Self::BadForm),
            "unavailable" => Some(Self::Unavailable),
            "failed" => Some(Self::Failed),
            _ => None,
        }
    }

    /// The page that says it; none where the form does.
    pub(super) fn notice(self) -> Option<Notice> {
        match self {
            Self::Mistaken => None,
            Self::TooManyAttempts(delay) => Some(Notice::TooManyAttempts(delay)),
            Self::Released => Some(Notice::Released),
            Self::CrossSite => Some(Notice::CrossSite),
            Self::BadForm => Some(Notice::BadForm),
            Self::Unavailable => Some(Notice::Unavailable),
            Self::Failed => Some(Notice::Failed),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mistaken => f.write_str("mistaken"),
            Self::TooManyAttempts(delay) => write!(f, "{}{}", Self::WAIT, ceil_seconds(*delay)),
            Self::Released => f.write_str("released"),
            Self::CrossSite => f.write_str("cross-site"),
            Self::BadForm => f.write_str("bad-form"),
            Self::Unavailable => f.write_str("unavailable"),
            Self::Failed => f.write_str("failed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_nothing_else() {
        for outcome in [
            Outcome::Mistaken,
            Outcome::TooManyAttempts(Duration::from_secs(60)),
            // Of a limiter that never lets them in again.
            Outcome::TooManyAttempts(Duration::from_secs(u64::MAX)),
            Outcome::Released,
            Outcome::CrossSite,
            Outcome::BadForm,
            Outcome::Unavailable,
            Outcome::Failed,
        ] {
            assert_eq!(Outcome::parse(&outcome.to_string()), Some(outcome));
        }
        let never = Outcome::TooManyAttempts(Duration::MAX).to_string();
        assert_eq!(never, format!("wait-{}", u64::MAX));
        for other in ["", "wait-", "wait--1", "wait-1.5", "Failed", "approved"] {
            assert_eq!(Outcome::parse(other), None, "{other}");
        }
    }
}
