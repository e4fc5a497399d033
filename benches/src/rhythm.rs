//! When which device polls.

use std::time::Duration;

use device_grant::DeviceTokenRequest;

use crate::clock::Clock;
use crate::ours::{Device, Ours};
use crate::timing::Walk;

/// The rhythm of polls, against the interval of five seconds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Rhythm {
    /// Each poll comes in time.
    InTime,
    /// Each poll but a device's first comes early.
    Early,
    /// A third each comes in time, right after such a one, and early.
    Mixed,
}

/// All grants are issued within this time.
const FILLED: Duration = Duration::from_secs(60);
/// So many times can a device poll in time before the clock has to go back, and no grant be expired.
const TURNS: usize = 80;
const TURN: Duration = Duration::from_secs(6);

/// Devices that poll in turns, in an order of no locality.
pub struct Polls {
    /// The service that they poll.
    pub ours: Ours,
    codes: Vec<String>,
    walk: Walk,
    steps: usize,
    rhythm: Rhythm,
}

/// A poll, and when it comes.
pub type Poll = (Duration, DeviceTokenRequest);

impl Polls {
    /// As many pending grants, never polled.
    #[must_use]
    pub fn new(count: usize, rhythm: Rhythm) -> Self {
        let (ours, responses) = Ours::filled(Device::Realistic, count, FILLED);
        Self {
            ours,
            codes: responses
                .iter()
                .map(|told| told.device_code.to_owned())
                .collect(),
            walk: Walk::new(0, count),
            steps: 0,
            rhythm,
        }
    }

    /// The next polls.
    pub fn next(&mut self, count: usize) -> Vec<Poll> {
        (0..count)
            .map(|_| {
                let index = self.walk.next().expect("a walk never ends");
                let round = self.steps / self.codes.len();
                self.steps += 1;
                (
                    self.rhythm.time(index, round),
                    DeviceTokenRequest::new(self.codes[index].as_str()),
                )
            })
            .collect()
    }

    /// The clock of the service.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.ours.clock
    }
}

impl Rhythm {
    /// When a device makes its poll of this round, after the clock's start.
    ///
    /// Behind the last turn the clock goes back, and a poll counts as in time; so grants stay pending for ever.
    fn time(self, index: usize, round: usize) -> Duration {
        let early = Duration::from_secs(2);
        let (turn, after) = match self {
            Self::InTime => (round, Duration::ZERO),
            Self::Early => (0, if round == 0 { Duration::ZERO } else { early }),
            Self::Mixed => {
                let step = round + index % 3;
                (step / 3, if step % 3 == 2 { early } else { Duration::ZERO })
            }
        };
        let turn = u32::try_from(turn % TURNS).expect("less than a hundred");
        FILLED + TURN * turn + after
    }
}
