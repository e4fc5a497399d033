use std::error::Error;
use std::time::Duration;

use device_grant::Limits;
use device_grant::code::{GuessBudget, UserCodeFormat};
use device_grant::host::Quota;

pub(crate) const LIFETIME: Duration = Duration::from_secs(600);

const MINUTE: Duration = Duration::from_secs(60);

/// A server to be attacked.
#[derive(Clone)]
pub(crate) struct Plan {
    /// What its codes are called.
    pub(crate) name: &'static str,
    pub(crate) format: UserCodeFormat,
    /// Of what its codes are made.
    pub(crate) alphabet: &'static [u8],
    /// How many wrong codes it lets through in a minute.
    pub(crate) failed: u32,
    /// How many codes it issues in a minute.
    pub(crate) issued: u32,
    /// How many codes are live at any time.
    pub(crate) live: u32,
    pub(crate) minutes: u32,
    /// How many times more than its quota the limiter lets through: 1, if it keeps its contract.
    pub(crate) generosity: u32,
    /// How many times faster than at the others the crowd guesses.
    pub(crate) hurry: u32,
}

impl Plan {
    /// Every format, and a server whose limiter breaks its contract.
    pub(crate) fn all(minutes: u32) -> Result<Vec<Self>, Box<dyn Error>> {
        let digits = b"0123456789";
        let consonants = b"BCDFGHJKLMNPQRSTVWXZ";
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let crockford = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let sound = |name, format, alphabet, live| Self {
            name,
            format,
            alphabet,
            failed: 300,
            issued: 600,
            live,
            minutes,
            generosity: 1,
            hurry: 1,
        };
        let nine_digits = Self {
            failed: 30,
            issued: 270,
            ..sound("9 digits", UserCodeFormat::digits(9)?, digits, 2_000)
        };
        Ok(vec![
            sound(
                "20 consonants, 8",
                UserCodeFormat::base20(),
                consonants,
                6_000,
            ),
            sound(
                "20 consonants, 8",
                UserCodeFormat::base20(),
                consonants,
                1_000,
            ),
            sound(
                "20 consonants, 9",
                UserCodeFormat::base20().with_length(9)?,
                consonants,
                1_000,
            ),
            sound("12 digits", UserCodeFormat::digits(12)?, digits, 1_000),
            sound(
                "Crockford, 8",
                UserCodeFormat::crockford(),
                crockford,
                1_000,
            ),
            sound(
                "A to Z, 8",
                UserCodeFormat::custom("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 8)?,
                letters,
                1_000,
            ),
            nine_digits.clone(),
            Self {
                failed: 90,
                issued: 90,
                live: 60_000,
                minutes: minutes.min(30),
                generosity: 100,
                hurry: 30,
                ..nine_digits
            },
        ])
    }

    /// How many seconds are simulated; before them, for one lifetime, codes are issued and nobody guesses.
    pub(crate) fn seconds(&self) -> u64 {
        u64::from(self.minutes) * 60 + LIFETIME.as_secs()
    }

    /// The limits that the server is built with.
    pub(crate) fn limits(&self) -> Limits {
        self.limits_times(1)
    }

    /// The hits to be expected in one lifetime at most, by what the limiter lets through.
    pub(crate) fn budget(&self) -> GuessBudget {
        let limits = self.limits_times(self.generosity);
        limits.guess_budget(LIFETIME, &self.format)
    }

    /// The same for the whole attack. A lifetime that it breaks off counts whole, for the burst is at its beginning.
    pub(crate) fn bound(&self) -> f64 {
        let lifetimes = f64::from(self.minutes) * 60.0 / LIFETIME.as_secs_f64();
        self.budget().expected_hits() * lifetimes.ceil()
    }

    fn limits_times(&self, factor: u32) -> Limits {
        let issued = Quota::new(self.issued * factor, MINUTE);
        Limits::default()
            .failed_entries(Quota::new(self.failed * factor, MINUTE))
            .authorizations(issued)
            .authorizations_per_client(issued)
    }
}
