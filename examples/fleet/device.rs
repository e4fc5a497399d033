use std::time::{Duration, Instant};

use device_grant::message::{DeviceAuthorizationResponse, Reply};
use device_grant::poller::{PollAnswer, Poller, Progress, Step};

use crate::server::Polling;

/// A device that has codes.
pub(crate) struct Device {
    /// Tells it from the next device in its place.
    pub(crate) number: u64,
    pub(crate) authorization: DeviceAuthorizationResponse,
    pub(crate) client: Client,
    pub(crate) fate: Fate,
    pub(crate) issued_at: Duration,
    pub(crate) approved_at: Option<Duration>,
    /// True until its codes are redeemed, denied or expired.
    pub(crate) is_live: bool,
    pub(crate) polls: bool,
    /// When the poll under way was sent.
    pub(crate) sent_at: Duration,
    /// The requests that reached the server.
    pub(crate) requests: u32,
    /// The poll that the server holds back, and its number.
    pub(crate) held: Option<Polling>,
    pub(crate) turn: u64,
}

/// The end that the person makes of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fate {
    Approves { mistypes: bool },
    Denies,
    Leaves,
    TurnsOff,
}

/// The rules by which a device polls.
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all devices are of the largest kind"
)]
pub(crate) enum Client {
    /// Those of this crate.
    Careful(Poller),
    /// One interval from poll to poll. It adds five seconds for `slow_down`, and does nothing else.
    Timer(Duration),
    /// Two seconds, whatever it is told.
    Hasty,
}

/// The time from poll to poll of a hasty device.
const HASTE: Duration = Duration::from_secs(2);

/// The next step of a device after an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum After {
    /// Polls again after this time.
    Poll(Duration),
    Tokens,
    Stop,
}

impl Client {
    /// Returns the time from the codes to the first poll.
    pub(crate) fn first(&self, now: Instant, interval: Duration) -> Duration {
        match self {
            Self::Careful(poller) => match poller.next(now) {
                Step::Wait(delay) => delay,
                Step::Poll | Step::Expired | Step::Stopped => Duration::ZERO,
            },
            Self::Timer(_) => interval,
            Self::Hasty => HASTE,
        }
    }

    /// Returns the value of the `Prefer` header.
    pub(crate) fn prefer(&mut self, sent_at: Instant) -> Option<String> {
        match self {
            Self::Careful(poller) => poller.prefer(sent_at),
            Self::Timer(_) | Self::Hasty => None,
        }
    }

    /// Returns whether the device knows that its codes are expired.
    pub(crate) fn is_over(&self, now: Instant) -> bool {
        match self {
            Self::Careful(poller) => poller.next(now) == Step::Expired,
            Self::Timer(_) | Self::Hasty => false,
        }
    }

    /// The answer reaches the device after `took` since the poll.
    pub(crate) fn answered(&mut self, reply: &Reply, now: Instant, took: Duration) -> After {
        let header = |name: &str| {
            let found = reply.headers.iter();
            let mut found = found.filter(|(known, _)| known.eq_ignore_ascii_case(name));
            found.next().map(|(_, value)| value.as_str())
        };
        let says = |error: &[u8]| reply.body.windows(error.len()).any(|part| part == error);
        match self {
            Self::Careful(poller) => {
                let answer = PollAnswer::new(reply.status, &reply.body, header);
                if let Progress::Tokens(_) = poller.answered(&answer, now) {
                    return After::Tokens;
                }
                next(poller, now)
            }
            Self::Timer(_) | Self::Hasty if reply.status == 200 => After::Tokens,
            Self::Timer(period) => {
                if says(b"slow_down") {
                    *period += Poller::SLOW_DOWN;
                } else if !says(b"authorization_pending") {
                    return After::Stop;
                }
                After::Poll(period.saturating_sub(took))
            }
            Self::Hasty if says(b"slow_down") || says(b"authorization_pending") => {
                After::Poll(HASTE.saturating_sub(took))
            }
            Self::Hasty => After::Stop,
        }
    }

    /// No answer came.
    pub(crate) fn failed(&mut self, now: Instant, took: Duration) -> After {
        match self {
            Self::Careful(poller) => {
                poller.failed(now);
                next(poller, now)
            }
            Self::Timer(period) => After::Poll(period.saturating_sub(took)),
            Self::Hasty => After::Poll(HASTE.saturating_sub(took)),
        }
    }
}

fn next(poller: &Poller, now: Instant) -> After {
    match poller.next(now) {
        Step::Wait(delay) => After::Poll(delay),
        Step::Poll => After::Poll(Duration::ZERO),
        Step::Expired | Step::Stopped => After::Stop,
    }
}
