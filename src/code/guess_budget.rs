use std::fmt;
use std::time::Duration;

use super::UserCodeFormat;

/// The bound on guessing of live user codes, and the numbers that follow from it.
///
/// [RFC 8628 §5.1](https://www.rfc-editor.org/rfc/rfc8628#section-5.1) compares one code with the guesses
/// at it. But one guess can hit any live code of its length. So the expected number of hits in one lifetime of a code is:
///
/// ```text
/// expected hits = sum over the lengths of codes: wrong entries x live codes / codes of that length
/// ```
///
/// You set the bound; both factors follow from it for each length. Each length gets a share of the bound: the shortest one
/// half of it, the next one half of the rest, and so on. Four codes may be live for each wrong entry. The limiter enforces
/// both numbers for the whole server. When one of them is used up at a length, new codes are one character longer, so that
/// nobody is refused before the longest length is used up.
///
/// Codes of a length that allows fewer than 30 wrong entries in a lifetime are not drawn.
///
/// [`Limits::guess_budget`](crate::Limits::guess_budget) computes it for planning, and
/// [`DeviceGrants::guess_budget`](crate::DeviceGrants::guess_budget) returns that of a server. `Display` writes the sum.
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
    /// The largest expected number of hits in one lifetime.
    pub expected_hits: f64,
    /// The lengths of codes, with the budget of each.
    pub lengths: Vec<LengthBudget>,
    bound: f64,
}

/// The share of a [`GuessBudget`] for codes of one length.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LengthBudget {
    /// The format of these codes, with this one length.
    pub format: UserCodeFormat,
    /// The number of possible codes.
    pub code_space: f64,
    /// The largest number of wrong entries in one lifetime.
    pub wrong_entries: u32,
    /// The largest number of codes that are live at the same time; zero if codes of this length are not drawn.
    pub live_codes: u32,
    /// The number of wrong entries that are allowed at once; as many again become available evenly in half a lifetime.
    pub wrong_entries_at_once: u32,
    /// The number of codes that may be issued at once; as many again become available evenly in half a lifetime.
    pub new_codes_at_once: u32,
    /// The largest expected number of hits among codes of this length in one lifetime.
    pub expected_hits: f64,
}

/// The fewest wrong entries at once that make a length worth drawing.
const FEWEST: u32 = 10;
/// More than any limiter counts.
const MOST: u32 = 1_000_000;
/// The number of codes that may be issued for each wrong entry.
const CODES_PER_ENTRY: u32 = 4;

impl GuessBudget {
    /// The highest allowed bound: one hit in a thousand lifetimes.
    pub const MAX_EXPECTED_HITS: f64 = 1e-3;
    /// The default bound of [`Limits::expected_hits`](crate::Limits::expected_hits): one hit in a hundred thousand lifetimes.
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
        // A whole budget at the beginning, and one more with each refill.
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
    /// The part of the bound, in proportion to the weights of all lengths.
    weight: f64,
    /// The number of wrong entries that are let through at once.
    unit: u32,
}

impl Share {
    /// Returns the share of each length of a format: half of what the shorter lengths leave. The longest gets the whole rest, which
    /// is as much as the length before it gets.
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
        // Blocked words make one of the spaces smaller, and the bound has to hold for its codes too.
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
        // Given-up lengths come last: once only such are left, nothing more can be shared out.
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

/// Returns the largest unit with at most `most` pairs.
fn largest_unit(most: f64) -> u32 {
    // By bisection of `pairs` itself: a square root could be rounded up, to more than the bound.
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
