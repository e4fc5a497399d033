use std::error::Error;
use std::time::Duration;

use super::{SECOND, Simulation};
use crate::agenda::What;
use crate::device::Fate;
use crate::plan::ApprovalTime;
use crate::server::Entered;

impl Simulation<'_> {
    pub(super) fn fate(&self) -> Fate {
        let people = &self.plan.people;
        let drawn = self.dice.part();
        if drawn < people.abandon {
            Fate::Leaves
        } else if drawn < people.abandon + people.turn_off {
            Fate::TurnsOff
        } else if self.dice.is_one_of(people.deny) {
            Fate::Denies
        } else {
            let mistypes = self.dice.is_one_of(people.mistype);
            Fate::Approves { mistypes }
        }
    }

    pub(super) fn time_to_decide(&self) -> Duration {
        match self.plan.people.time {
            ApprovalTime::Lognormal { median, sigma } => self.dice.lognormal(median, sigma),
            ApprovalTime::Even { least, most } => self.dice.between(least, most),
        }
    }

    pub(super) fn enter(&mut self, place: usize, now: Duration) -> Result<(), Box<dyn Error>> {
        let Some(device) = self.places.get_mut(place).and_then(Option::as_mut) else {
            return Ok(());
        };
        let number = device.number;
        let again = What::Enter { place, number };
        if let Some((_, ends)) = self.plan.outage.filter(|_| self.plan.is_out(now)) {
            let at = self.dice.between(ends, ends + 60 * SECOND);
            self.agenda.plan(at, again);
            return Ok(());
        }
        let code = device.authorization.user_code.clone();
        if device.fate == (Fate::Approves { mistypes: true }) {
            device.fate = Fate::Approves { mistypes: false };
            self.server.enter(&mistyped(&code), number, true)?;
            let at = now + self.dice.between(5 * SECOND, 15 * SECOND);
            self.agenda.plan(at, again);
            return Ok(());
        }
        let approves = device.fate != Fate::Denies;
        match self.server.enter(&code, number, approves)? {
            Entered::Decided if approves => device.approved_at = Some(now),
            Entered::Decided => {
                self.tally.lock().denied += 1;
                self.end_of_codes(place, now);
                self.tidy(place);
            }
            Entered::Later(after) => {
                self.tally.lock().turned_away += 1;
                let at = now + after + self.dice.between(SECOND, 30 * SECOND);
                self.agenda.plan(at, again);
            }
            Entered::Unknown => {}
        }
        Ok(())
    }
}

/// Returns the code with another first letter, which both alphabets have.
fn mistyped(code: &str) -> String {
    let mut letters = code.chars();
    let first = if letters.next() == Some('B') {
        'C'
    } else {
        'B'
    };
    std::iter::once(first).chain(letters).collect()
}
