use std::error::Error;
use std::time::Duration;

use device_grant::Limits;
use device_grant::code::{GuessBudget, UserCodeFormat};

pub(crate) const LIFETIME: Duration = Duration::from_secs(600);

/// A server to be attacked.
#[derive(Clone)]
pub(crate) struct Plan {
    /// The name of the format of its codes.
    pub(crate) name: &'static str,
    pub(crate) format: UserCodeFormat,
    /// The characters of its codes.
    pub(crate) alphabet: &'static [u8],
    /// The bound on guessing that it is built with.
    pub(crate) bound: f64,
    /// The number of codes that it is asked for in a lifetime.
    pub(crate) asked: u32,
    pub(crate) minutes: u32,
    /// The factor by which the limiter exceeds its quotas: 1 if it keeps its contract.
    pub(crate) generosity: u32,
    /// The factor by which the crowd guesses faster than at the other servers.
    pub(crate) hurry: u32,
}

impl Plan {
    /// Every format, and a server whose limiter breaks its contract.
    pub(crate) fn all(minutes: u32) -> Result<Vec<Self>, Box<dyn Error>> {
        let digits = b"0123456789";
        let consonants = b"BCDFGHJKLMNPQRSTVWXZ";
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let crockford = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let sound = |name, format, alphabet, asked| Self {
            name,
            format,
            alphabet,
            bound: GuessBudget::DEFAULT_EXPECTED_HITS,
            asked,
            minutes,
            generosity: 1,
            hurry: 1,
        };
        let base20 = UserCodeFormat::base20;
        let a_to_z = UserCodeFormat::custom("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 8)?;
        let nine_digits = UserCodeFormat::digits(9)?;
        Ok(vec![
            sound("20 consonants, 8 to 12", base20(), consonants, 6_000),
            sound("20 consonants, 8 to 12", base20(), consonants, 400),
            sound(
                "20 consonants, 8",
                base20().with_lengths(8..=8)?,
                consonants,
                400,
            ),
            sound(
                "12 to 16 digits",
                UserCodeFormat::digits(12)?,
                digits,
                1_000,
            ),
            sound(
                "Crockford, 8 to 12",
                UserCodeFormat::crockford(),
                crockford,
                1_000,
            ),
            sound("A to Z, 8 to 12", a_to_z, letters, 1_000),
            sound("9 to 13 digits", nine_digits.clone(), digits, 1_000),
            Self {
                bound: GuessBudget::MAX_EXPECTED_HITS,
                minutes: minutes.min(30),
                generosity: 100,
                hurry: 100,
                ..sound("9 digits", nine_digits.with_lengths(9..=9)?, digits, 50_000)
            },
        ])
    }

    /// A server whose codes grow, and one whose codes do not.
    pub(crate) fn of_floods() -> Result<[Self; 2], Box<dyn Error>> {
        let mut all = Self::all(20)?.into_iter().skip(1);
        match (all.next(), all.next()) {
            (Some(growing), Some(fixed)) => Ok([growing, fixed]),
            _ => Err("there are no such plans".into()),
        }
    }

    /// Returns the number of simulated seconds. Before them, for one lifetime, codes are issued and nobody guesses.
    pub(crate) fn seconds(&self) -> u64 {
        u64::from(self.minutes) * 60 + LIFETIME.as_secs()
    }

    /// The limits that the server is built with.
    pub(crate) fn limits(&self) -> Limits {
        Limits::default().expected_hits(self.bound)
    }

    /// The hits to be expected in one lifetime at most, by what the limiter lets through.
    pub(crate) fn hits_in_a_lifetime(&self) -> f64 {
        let budget = self.limits().guess_budget(LIFETIME, &self.format);
        budget.expected_hits * f64::from(self.generosity).powi(2)
    }

    /// The same for the whole attack. A lifetime that it breaks off counts whole, for the burst is at its beginning.
    pub(crate) fn hits(&self) -> f64 {
        let lifetimes = f64::from(self.minutes) * 60.0 / LIFETIME.as_secs_f64();
        self.hits_in_a_lifetime() * lifetimes.ceil()
    }
}
