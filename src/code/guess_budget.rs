use std::fmt;
use std::time::Duration;

use super::UserCodeFormat;

/// Bounds how likely somebody is to hit a live user code by guessing.
///
/// [RFC 8628 §5.1](https://www.rfc-editor.org/rfc/rfc8628#section-5.1) weighs one code against the guesses
/// made at it. But a guess is made at every code of its length that is live at that moment, so what counts is, over one
/// lifetime:
///
/// ```text
/// expected hits = sum over the lengths of codes: wrong entries x live codes / codes of that length
/// ```
///
/// The bound is given, and both factors follow from it for each length: the bound is shared out over the lengths in
/// use, half of it to the shortest, half of the rest to the next and so on; four codes may be issued for each wrong
/// entry. The limiter enforces both for the whole server. When one of them is used up at one length, new codes are one
/// character longer, so that nobody is refused before the longest length is used up.
///
/// A length that allows fewer than 30 wrong entries in a lifetime is not drawn.
///
/// [`Limits::guess_budget`](crate::Limits::guess_budget) plans with it,
/// [`DeviceGrants::guess_budget`](crate::DeviceGrants::guess_budget) tells it of a server. `Display` spells the sum out.
///
/// ```
/// use std::time::Duration;
/// use device_grant::Limits;
/// use device_grant::code::UserCodeFormat;
///
/// let budget = |format| Limits::default().guess_budget(Duration::from_secs(600), &format);
/// let default = budget(UserCodeFormat::default());
/// assert!(default.expected_hits <= 1e-5);
/// assert_eq!(default.lengths.len(), 5);
/// println!("{default}");
///
/// let short = budget(UserCodeFormat::digits(9)?.with_lengths(9..=9)?);
/// assert_eq!(short.lengths[0].live_codes, 192);
/// # Ok::<(), device_grant::InvalidValue>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct GuessBudget {
    /// The lifetime of the codes.
    pub lifetime: Duration,
    /// The hits to be expected during one lifetime, at most.
    pub expected_hits: f64,
    /// The lengths of codes, with the budget of each.
    pub lengths: Vec<LengthBudget>,
    bound: f64,
}

/// The part of a [`GuessBudget`] that codes of one length have.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LengthBudget {
    /// The format of these codes, with this one length.
    pub format: UserCodeFormat,
    /// The number of codes.
    pub code_space: f64,
    /// The number of wrong entries that are let through in one lifetime, at most.
    pub wrong_entries: u32,
    /// The number of codes that are live at any time, at most; zero if the length is not drawn.
    pub live_codes: u32,
    /// The number of wrong entries that are let through at once; as many again become available evenly in half a lifetime.
    pub wrong_entries_at_once: u32,
    /// The number of codes that may be issued at once; as many again become available evenly in half a lifetime.
    pub new_codes_at_once: u32,
    /// The hits to be expected among codes of this length during one lifetime, at most.
    pub expected_hits: f64,
}

/// The fewest wrong entries at once that make a length worth drawing.
const FEWEST: u32 = 10;
/// More than any limiter counts.
const MOST: u32 = 1_000_000;
/// The number of codes that may be issued for each wrong entry.
const CODES_PER_ENTRY: u32 = 4;

impl GuessBudget {
    /// The highest bound that a server may have: one hit in a thousand lifetimes.
    pub const MAX_EXPECTED_HITS: f64 = 1e-3;
    /// The bound unless [`Limits::expected_hits`](crate::Limits::expected_hits) says otherwise.
    pub const DEFAULT_EXPECTED_HITS: f64 = 1e-5;
    /// The number of times in a lifetime that a budget which was used up becomes whole again.
    pub(crate) const REFILLS: u32 = 2;

    /// Shares a bound out over the lengths of these formats, whose codes live for `lifetime`.
    pub(crate) fn new<'a>(
        bound: f64,
        lifetime: Duration,
        formats: impl IntoIterator<Item = &'a UserCodeFormat>,
    ) -> Self {
        let mut shares: Vec<Share> = Vec::new();
        for format in formats {
            for share in Share::of(format) {
                match shares.iter_mut().find(|known| known.is_alike(&share)) {
                    Some(known) => known.merge(&share),
                    None => shares.push(share),
                }
            }
        }
        while share_out(&mut shares, bound) {}
        let lengths: Vec<LengthBudget> = shares.into_iter().map(LengthBudget::from).collect();
        Self {
            lifetime,
            expected_hits: lengths.iter().map(|length| length.expected_hits).sum(),
            lengths,
            bound,
        }
    }

    /// The budget of the codes that `format`, which has one length, makes.
    pub(crate) fn of(&self, format: &UserCodeFormat) -> Option<&LengthBudget> {
        let mut lengths = self.lengths.iter();
        lengths.find(|length| length.format.makes_the_codes_of(format))
    }

    /// The smallest code space of the longest codes, if there is no other length and no other format.
    pub(crate) fn required_code_space(&self) -> f64 {
        pairs(FEWEST) / self.bound
    }
}

impl LengthBudget {
    /// Returns whether there are enough codes of this length for some to be issued.
    pub(crate) fn is_drawn(&self) -> bool {
        self.live_codes > 0
    }
}

impl From<Share> for LengthBudget {
    fn from(share: Share) -> Self {
        let in_a_lifetime = |at_once: u32| at_once * (GuessBudget::REFILLS + 1);
        let wrong_entries_at_once = share.unit.max(FEWEST);
        let new_codes_at_once = if share.is_drawn() {
            share.unit * CODES_PER_ENTRY
        } else {
            0
        };
        let wrong_entries = in_a_lifetime(wrong_entries_at_once);
        let live_codes = in_a_lifetime(new_codes_at_once);
        Self {
            expected_hits: f64::from(wrong_entries) * f64::from(live_codes) / share.code_space,
            format: share.format,
            code_space: share.code_space,
            wrong_entries,
            live_codes,
            wrong_entries_at_once,
            new_codes_at_once,
        }
    }
}

/// A length while the bound is shared out.
struct Share {
    format: UserCodeFormat,
    code_space: f64,
    /// Which part of the bound, by all parts.
    weight: f64,
    /// The number of wrong entries that are let through at once.
    unit: u32,
}

impl Share {
    /// Each length of a format, with half of what is left; the longest has as much as the one before it.
    fn of(format: &UserCodeFormat) -> impl Iterator<Item = Self> {
        let longest = *format.lengths().end();
        let mut weight = 1.0;
        format.each_length().map(move |format| {
            if *format.lengths().end() != longest {
                weight /= 2.0;
            }
            Self {
                code_space: format.code_space(),
                format,
                weight,
                unit: 0,
            }
        })
    }

    fn is_drawn(&self) -> bool {
        self.unit >= FEWEST
    }

    fn is_alike(&self, other: &Self) -> bool {
        self.format.makes_the_codes_of(&other.format)
    }

    /// Codes of two formats that are made alike share one budget.
    fn merge(&mut self, other: &Self) {
        self.weight = self.weight.max(other.weight);
        self.code_space = self.code_space.min(other.code_space);
    }
}

/// Shares the bound out. Returns whether the smallest of the lengths whose part is too small gave it up, so that the
/// others have more.
fn share_out(shares: &mut [Share], bound: f64) -> bool {
    let parts: f64 = shares.iter().map(|share| share.weight).sum();
    for share in &mut *shares {
        share.unit = largest_unit(bound * share.weight / parts * share.code_space);
    }
    let too_small = shares.iter_mut().filter(|share| !share.is_drawn());
    let smallest = too_small.min_by(|one, other| {
        let given_up = |share: &Share| share.weight <= 0.0;
        let order = given_up(one).cmp(&given_up(other));
        order.then(one.code_space.total_cmp(&other.code_space))
    });
    match smallest {
        Some(share) if share.weight > 0.0 => {
            share.weight = 0.0;
            true
        }
        Some(_) | None => false,
    }
}

/// Wrong entries times live codes in a lifetime, if this many entries are let through at once.
fn pairs(unit: u32) -> f64 {
    let in_a_lifetime = f64::from(GuessBudget::REFILLS + 1);
    let entries = f64::from(unit) * in_a_lifetime;
    entries * entries * f64::from(CODES_PER_ENTRY)
}

/// The largest unit whose pairs are no more than these.
fn largest_unit(most: f64) -> u32 {
    let (mut fits, mut beyond) = (0, MOST + 1);
    while beyond - fits > 1 {
        let middle = fits + (beyond - fits) / 2;
        if pairs(middle) <= most {
            fits = middle;
        } else {
            beyond = middle;
        }
    }
    fits
}

/// Spells the sum out, for an error or a log.
impl fmt::Display for GuessBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.2e} hits expected by guessing during one lifetime of {} s:",
            self.expected_hits,
            self.lifetime.as_secs_f64(),
        )?;
        for (number, length) in self.lengths.iter().enumerate() {
            let plus = if number == 0 { "" } else { " +" };
            write!(f, "{plus} {length}")?;
        }
        write!(f, "; the bound is {:e}", self.bound)
    }
}

impl fmt::Display for LengthBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} wrong entries x {} live codes / {:.2e} codes of {} characters",
            self.wrong_entries,
            self.live_codes,
            self.code_space,
            self.format.lengths().start(),
        )
    }
}
