use std::time::Duration;

use device_grant::InvalidValue;
use device_grant::code::UserCodeFormat;

use crate::dice::Dice;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

/// A fleet of devices, its people and its network.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The number of devices that are signed in.
    pub(crate) devices: u64,
    /// One simulated device stands for so many.
    pub(crate) one_in: u32,
    pub(crate) seed: u64,
    /// True if polls have `Prefer: wait`.
    pub(crate) waits: bool,
    pub(crate) codes: Codes,
    pub(crate) arrivals: Arrivals,
    pub(crate) people: People,
    /// The mean time of a message, on top of `least_delay`.
    pub(crate) delay: Duration,
    pub(crate) least_delay: Duration,
    /// The share of an interval by which a device waits longer, at most.
    pub(crate) jitter: f64,
    /// The share of devices that poll by a timer, whenever the answers come.
    pub(crate) by_timer: f64,
    /// The share of devices that poll every two seconds and ignore `slow_down`.
    pub(crate) hasty: f64,
    /// The time in which the server answers nothing.
    pub(crate) outage: Option<(Duration, Duration)>,
}

/// The format of user codes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Codes {
    pub(crate) is_crockford: bool,
    pub(crate) longest: usize,
}

impl Codes {
    /// Those of the builder, unless it is told otherwise.
    pub(crate) const DEFAULT: Self = Self {
        is_crockford: false,
        longest: 12,
    };

    pub(crate) fn format(self) -> Result<UserCodeFormat, InvalidValue> {
        let format = if self.is_crockford {
            UserCodeFormat::crockford()
        } else {
            UserCodeFormat::base20()
        };
        format.with_lengths(8..=self.longest)
    }
}

/// The times at which people start a sign-in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Arrivals {
    /// One day, with most in the evening. One in ten devices starts in the launch, at 18:00 and from then on more and more seldom.
    Day,
    /// Evenly, one after the other.
    Even(Duration),
}

/// The part of a day's sign-ins in each hour, from midnight: a judgement for devices at home.
const DAY: [u32; 24] = [
    3, 2, 1, 1, 1, 1, 2, 3, 4, 4, 4, 5, 5, 5, 5, 5, 6, 7, 9, 10, 10, 9, 7, 5,
];
pub(crate) const LAUNCH: Duration = Duration::from_secs(18 * 3_600);
const LAUNCHED: f64 = 0.1;
const OUTAGE: Duration = Duration::from_secs(21 * 3_600);

/// The people in front of the devices.
#[derive(Clone, Copy, Debug)]
pub(crate) struct People {
    pub(crate) time: ApprovalTime,
    /// The share that never decides, while the device polls until its codes expire.
    pub(crate) abandon: f64,
    /// The share that turns the device off instead.
    pub(crate) turn_off: f64,
    /// The share of the others that deny.
    pub(crate) deny: f64,
    /// The share whose first entry has a wrong letter.
    pub(crate) mistype: f64,
}

/// The time from the codes to the decision.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ApprovalTime {
    Lognormal { median: Duration, sigma: f64 },
    Even { least: Duration, most: Duration },
}

impl Plan {
    /// A day of a fleet in homes, with a launch, and with an outage of five minutes at 21:00.
    pub(crate) fn day(devices: u64, one_in: u32, waits: bool) -> Self {
        Self {
            devices,
            one_in,
            seed: 1,
            waits,
            codes: Codes::DEFAULT,
            arrivals: Arrivals::Day,
            people: People {
                time: ApprovalTime::Lognormal {
                    median: Duration::from_secs(45),
                    sigma: 0.7,
                },
                abandon: 0.15,
                turn_off: 0.05,
                deny: 0.02,
                mistype: 0.05,
            },
            delay: Duration::from_millis(30),
            least_delay: Duration::from_millis(20),
            jitter: 0.1,
            by_timer: 0.08,
            hasty: 0.02,
            outage: Some((OUTAGE, OUTAGE + 5 * MINUTE)),
        }
    }

    /// The set-up of `tests/operations/fleet.rs`, where everything runs on one machine.
    pub(crate) fn load_test(waits: bool) -> Self {
        Self {
            arrivals: Arrivals::Even(2 * MINUTE),
            people: People {
                time: ApprovalTime::Even {
                    least: Duration::from_secs(10),
                    most: Duration::from_secs(50),
                },
                abandon: 0.0,
                turn_off: 0.0,
                deny: 0.0,
                mistype: 0.0,
            },
            delay: Duration::from_millis(1),
            least_delay: Duration::ZERO,
            jitter: 0.0,
            by_timer: 0.0,
            hasty: 0.0,
            outage: None,
            ..Self::day(1_000, 1, waits)
        }
    }

    /// The number of devices that are simulated.
    pub(crate) fn simulated(&self) -> u64 {
        self.devices / u64::from(self.one_in)
    }

    /// The times at which people start, in their order.
    pub(crate) fn starts(&self, dice: &Dice) -> Vec<Duration> {
        let mut starts: Vec<Duration> = match self.arrivals {
            Arrivals::Day => (0..self.simulated()).map(|_| in_a_day(dice)).collect(),
            Arrivals::Even(time) => {
                let pause = time.as_secs_f64() / double(self.simulated());
                let start = |number| Duration::from_secs_f64(pause * double(number));
                (0..self.simulated()).map(start).collect()
            }
        };
        starts.sort();
        starts
    }

    /// Returns whether nothing is answered at this time.
    pub(crate) fn is_out(&self, at: Duration) -> bool {
        self.outage
            .is_some_and(|(begins, ends)| (begins..ends).contains(&at))
    }

    /// Returns the period of the day that a time is in.
    pub(crate) fn period(&self, at: Duration) -> Period {
        let is_day = matches!(self.arrivals, Arrivals::Day);
        if is_day && (LAUNCH..LAUNCH + HOUR).contains(&at) {
            return Period::Launch;
        }
        match self.outage {
            Some((begins, ends)) if (begins..ends + 15 * MINUTE).contains(&at) => Period::Outage,
            Some(_) | None => Period::Curve,
        }
    }
}

/// The periods whose peaks are told apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Period {
    Curve,
    Launch,
    /// The outage, and 15 minutes after it.
    Outage,
}

fn in_a_day(dice: &Dice) -> Duration {
    if dice.is_one_of(LAUNCHED) {
        return LAUNCH + dice.exponential(10 * MINUTE);
    }
    let all: u32 = DAY.iter().sum();
    let mut left = f64::from(all) * dice.part();
    let mut begins = Duration::ZERO;
    for part in DAY.map(f64::from) {
        if left < part {
            return begins + HOUR.mul_f64(left / part);
        }
        left -= part;
        begins += HOUR;
    }
    begins
}

/// Returns a number as a double, which is exact up to 2^53.
pub(crate) fn double(number: u64) -> f64 {
    let (high, low) = (number >> 32, number & u64::from(u32::MAX));
    let exact = |half: u64| f64::from(u32::try_from(half).unwrap_or(u32::MAX));
    exact(high) * 4_294_967_296.0 + exact(low)
}

impl std::fmt::Display for Codes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = if self.is_crockford {
            "crockford"
        } else {
            "base20"
        };
        write!(f, "{name}, 8 to {}", self.longest)
    }
}
