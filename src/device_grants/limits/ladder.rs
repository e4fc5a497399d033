use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use crate::code::{GuessBudget, LengthBudget, UserCode, UserCodeFormat};
use crate::grant::Timestamp;
use crate::host::{Charge, LimitKey, Quota};

/// The part of the wrong entries that is for the networks of the devices: one in ten.
const PART_AT_HOME: u32 = 10;

/// The lengths of user codes in use. Each is a [`Rung`], with its quotas and what this process knows of their state.
#[derive(Debug)]
pub(in crate::device_grants) struct Ladder {
    budget: GuessBudget,
    rungs: Vec<Rung>,
}

/// The codes of one length.
#[derive(Debug)]
pub(in crate::device_grants) struct Rung {
    format: UserCodeFormat,
    /// The name of the length in the keys of its limits.
    pub(in crate::device_grants) name: String,
    is_drawn: bool,
    /// The wrong entries that everybody together may make.
    pub(in crate::device_grants) wrong_entry: Charge,
    /// Passes only while at most half of the wrong entries are used up, so that codes that are live can still be entered.
    ///
    /// A quota of two in the same period takes half of what the key may owe. Taken and given back in one call, it leaves
    /// the key as it was. Before it, one wrong entry is taken and given back: if the clock was set back, a debt counts as all
    /// units but one, and one of the two would be half of the wrong entries.
    pub(in crate::device_grants) condition: [Charge; 4],
    /// The wrong entries that each network may make in addition, among the codes of devices in it.
    pub(in crate::device_grants) wrong_entries_at_home: Quota,
    pub(in crate::device_grants) new_code: Charge,
    /// The charge of one code to the share of all unauthenticated clients: three quarters of the new codes.
    pub(in crate::device_grants) new_public_code: Charge,
    /// The beginning and the end of the time in which the limiter has no code of this length left.
    used_up: Mutex<Option<(Timestamp, Timestamp)>>,
    /// The time at which this process last drew a code of this length.
    drawn_at: Mutex<Option<Timestamp>>,
}

impl Ladder {
    pub(in crate::device_grants) fn new(budget: GuessBudget, issuer: &str) -> Self {
        let refill = budget.lifetime / GuessBudget::REFILLS;
        let rung = |length: &LengthBudget| {
            // The bound is a sum over codes. The entries that can hit a code are the shared ones and those of its device's network.
            let at_home = length.wrong_entries_at_once / PART_AT_HOME;
            let name = length.format.name();
            let charge =
                |what, whose: &str, quota| Charge::take(LimitKey::new(what, issuer, whose), quota);
            let wrong_entries = Quota::new(length.wrong_entries_at_once - at_home, refill);
            let half = charge("failed-entry", &name, Quota::new(2, wrong_entries.period()));
            let new_codes = Quota::new(length.new_codes_at_once, refill);
            let public = new_codes.burst() - new_codes.burst() / 4;
            let public = Quota::new(public, new_codes.period());
            let wrong_entry = charge("failed-entry", &name, wrong_entries);
            Rung {
                format: length.format.clone(),
                is_drawn: length.is_drawn(),
                condition: [
                    wrong_entry.clone(),
                    wrong_entry.clone().given_back(),
                    half.clone(),
                    half.given_back(),
                ],
                wrong_entry,
                wrong_entries_at_home: Quota::new(at_home, refill),
                new_code: charge("authorization", &name, new_codes),
                new_public_code: charge("authorization", &format!("{name}:public"), public),
                name,
                used_up: Mutex::new(None),
                drawn_at: Mutex::new(None),
            }
        };
        let rungs = budget.lengths.iter().map(rung).collect();
        Self { budget, rungs }
    }

    pub(in crate::device_grants) fn budget(&self) -> &GuessBudget {
        &self.budget
    }

    /// The lengths that codes of `format` are drawn at, the shortest first, each with its rung.
    pub(in crate::device_grants) fn of<'a>(
        &'a self,
        format: &'a UserCodeFormat,
    ) -> impl Iterator<Item = (UserCodeFormat, &'a Rung)> {
        let rung = |length: UserCodeFormat| {
            let mut rungs = self.rungs.iter();
            let rung = rungs.find(|rung| rung.is_drawn && rung.format.makes_the_codes_of(&length));
            rung.map(|rung| (length, rung))
        };
        format.each_length().filter_map(rung)
    }

    /// Returns the rungs that can have one of these codes, whichever format it was read in.
    pub(in crate::device_grants) fn that_can_have<'a>(
        &'a self,
        codes: &'a [UserCode],
    ) -> impl Iterator<Item = &'a Rung> {
        let has = |rung: &Rung, code: &UserCode| {
            // A format may read a look-alike as another symbol. A code is one of this format if the format reads it unchanged.
            let read = rung.format.parse(code.expose());
            read.is_ok_and(|read| read.expose() == code.expose())
        };
        let rungs = self.rungs.iter();
        rungs.filter(move |rung| codes.iter().any(|code| has(rung, code)))
    }
}

impl Rung {
    /// The number of characters.
    pub(in crate::device_grants) fn length(&self) -> usize {
        *self.format.lengths().end()
    }

    /// The share of one client: half of the new codes.
    pub(in crate::device_grants) fn client_share(&self) -> Quota {
        let all = self.new_code.quota;
        Quota::new(all.burst().div_ceil(2), all.period())
    }

    /// Returns whether this process knows that no code of this length is left now.
    pub(in crate::device_grants) fn is_used_up(&self, now: Timestamp) -> bool {
        let used_up = *self.used_up.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back before `since` would skip the length for longer than the limiter said.
        used_up.is_some_and(|(since, until)| since <= now && now < until)
    }

    /// Remembers that a code of this length is drawn. Returns true if none was drawn for a lifetime.
    pub(in crate::device_grants) fn remember_drawn(
        &self,
        now: Timestamp,
        lifetime: Duration,
    ) -> bool {
        let mut drawn_at = self.drawn_at.lock().unwrap_or_else(PoisonError::into_inner);
        let before = drawn_at.replace(now);
        before.is_none_or(|before| before + lifetime <= now)
    }

    /// Remembers that the limiter refused a code of this length, for at least one second. So a flood does not call the limiter for
    /// each single code that refills.
    pub(in crate::device_grants) fn remember_used_up(&self, now: Timestamp, retry_after: Duration) {
        let until = now + retry_after.max(Duration::from_secs(1));
        let mut used_up = self.used_up.lock().unwrap_or_else(PoisonError::into_inner);
        *used_up = Some((now, until));
    }
}
