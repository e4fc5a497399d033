//! The whole flow on a page, for one store: what every answer has to be, written from the documents alone.
//!
//! It shares no code with the machine, and knows no clock but the store's: the clocks of the nodes may not matter.

use super::step::{Answer, Decision, Device, Mood, Person, Step};

const SECOND: u64 = 1_000;
const INTERVAL: u64 = 5;
const LIFETIME: u64 = 60 * SECOND;
pub(crate) const SKEW: u64 = SECOND;
const REVIEW_LIFETIME: u64 = 40 * SECOND;
const ABANDONED: u64 = 3_600 * SECOND;
pub(crate) const RETENTION: u64 = 2 * ABANDONED;
/// The interval less a leeway of half a second and the skew.
const DUE_AFTER: u64 = INTERVAL * SECOND - 500 - SKEW;

/// The settings, for the server under test.
pub(crate) const SETTINGS: [u64; 4] = [LIFETIME, REVIEW_LIFETIME, SKEW, RETENTION];

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Fate {
    Undecided,
    Approved {
        attempts: u32,
        paused_until: u64,
    },
    Denied,
    Refused,
    Redeemed,
    /// Withdrawn; `expired` if the codes had expired by then.
    Revoked {
        redeemed: bool,
        expired: bool,
    },
}

/// The right to decide: who reviewed, the serial number of the ticket, and when.
#[derive(Clone, Copy, Debug)]
struct Claim {
    person: Person,
    serial: usize,
    at: u64,
}

#[derive(Clone, Debug)]
struct Grant {
    device: Device,
    ends: u64,
    fate: Fate,
    claim: Option<Claim>,
    was_approved: bool,
    last_accepted: Option<u64>,
    had_twin: bool,
    told: u64,
}

#[derive(Clone, Copy, Debug)]
struct Ticket {
    grant: usize,
    issuer: usize,
    person: Person,
    serial: usize,
}

/// Everything that the answers depend on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Page {
    now: u64,
    mood: Mood,
    grants: Vec<Grant>,
    tickets: Vec<Ticket>,
}

impl Page {
    /// The answer to the step.
    pub(crate) fn answer(&mut self, step: Step) -> Answer {
        match step {
            Step::Pass { milliseconds } => {
                self.now += milliseconds;
                Answer::Done
            }
            Step::Purge { .. } => Answer::Done,
            Step::Become(mood) => {
                self.mood = mood;
                Answer::Done
            }
            Step::Authorize { device, .. } => {
                self.grants.push(Grant::new(device, self.now));
                Answer::Done
            }
            Step::Enter {
                issuer,
                person,
                grant,
                ..
            } => self.enter(issuer, person, grant),
            Step::Decide {
                issuer,
                person,
                ticket,
                decision,
                ..
            } => self.decide(issuer, person, ticket, decision),
            Step::Poll { device, grant, .. } => self.poll(device, grant),
            Step::Revoke { issuer, grant, .. } => self.revoke(issuer, grant),
        }
    }

    /// The number of grants and of tickets, for the steps that name one.
    pub(crate) fn sizes(&self) -> (usize, usize) {
        (self.grants.len(), self.tickets.len())
    }

    fn known(&mut self, grant: usize) -> Option<(&mut Grant, u64)> {
        let now = self.now;
        let grant = self.grants.get_mut(grant)?;
        (now < grant.forgotten_at()).then_some((grant, now))
    }

    fn enter(&mut self, issuer: usize, person: Person, index: usize) -> Answer {
        let serial = self.tickets.len();
        let Some((grant, now)) = self.known(index) else {
            return Answer::Unknown;
        };
        if grant.device.issuer != issuer || grant.fate != Fate::Undecided || now >= grant.ends {
            return Answer::Unknown;
        }
        let fresh = grant
            .claim
            .filter(|claim| now - claim.at <= REVIEW_LIFETIME);
        let claim = match fresh {
            Some(claim) if claim.person != person => return Answer::Unknown,
            Some(claim) => claim,
            None => Claim {
                person,
                serial,
                at: now,
            },
        };
        grant.claim = Some(claim);
        self.tickets.push(Ticket {
            grant: index,
            issuer,
            person,
            serial: claim.serial,
        });
        Answer::Reviewed
    }

    fn decide(
        &mut self,
        issuer: usize,
        person: Person,
        ticket: usize,
        decision: Decision,
    ) -> Answer {
        let Some(&ticket) = self.tickets.get(ticket) else {
            return Answer::Refused;
        };
        let Some((grant, now)) = self.known(ticket.grant) else {
            return Answer::Refused;
        };
        let is_theirs = grant
            .claim
            .is_some_and(|claim| claim.serial == ticket.serial);
        if !is_theirs || ticket.person != person || ticket.issuer != issuer {
            return Answer::Refused;
        }
        let is_live = now < grant.ends
            && grant
                .claim
                .is_some_and(|claim| now - claim.at <= REVIEW_LIFETIME);
        let approved = match (grant.fate, decision) {
            (Fate::Undecided, Decision::Release) => {
                grant.claim = None;
                return Answer::Done;
            }
            (Fate::Undecided, Decision::Approve) if is_live => {
                grant.fate = Fate::Approved {
                    attempts: 0,
                    paused_until: 0,
                };
                grant.was_approved = true;
                return Answer::Done;
            }
            (Fate::Undecided, Decision::Deny) if is_live => {
                grant.fate = Fate::Denied;
                return Answer::Done;
            }
            (Fate::Undecided | Fate::Revoked { .. }, _) | (_, Decision::Release) => {
                return Answer::Refused;
            }
            (fate, _) => fate != Fate::Denied,
        };
        if approved == (decision == Decision::Approve) {
            Answer::Done
        } else {
            Answer::AlreadyDecided { approved }
        }
    }

    fn poll(&mut self, device: Device, grant: usize) -> Answer {
        let mood = self.mood;
        let Some((grant, now)) = self.known(grant) else {
            return Answer::InvalidGrant;
        };
        if grant.device != device {
            return Answer::InvalidGrant;
        }
        match grant.fate {
            Fate::Redeemed | Fate::Revoked { redeemed: true, .. } => Answer::InvalidGrant,
            Fate::Revoked { expired: true, .. } => Answer::Expired,
            Fate::Revoked { .. } => Answer::Denied,
            _ if now >= grant.ends => Answer::Expired,
            Fate::Denied => Answer::Denied,
            Fate::Refused => Answer::HostRefused,
            Fate::Undecided => grant.pace(now),
            Fate::Approved { paused_until, .. } if now < paused_until => Answer::Unavailable,
            Fate::Approved { attempts, .. } => grant.redeem(mood, attempts, now),
        }
    }

    fn revoke(&mut self, issuer: usize, grant: usize) -> Answer {
        let Some((grant, now)) = self.known(grant) else {
            return Answer::NothingToRevoke;
        };
        let redeemed = grant.fate == Fate::Redeemed;
        match grant.fate {
            _ if grant.device.issuer != issuer => Answer::NothingToRevoke,
            Fate::Revoked { redeemed: true, .. } => Answer::TokensLiveOn,
            Fate::Denied | Fate::Refused | Fate::Revoked { .. } => Answer::NothingToRevoke,
            Fate::Undecided | Fate::Approved { .. } | Fate::Redeemed => {
                grant.fate = Fate::Revoked {
                    redeemed,
                    expired: now >= grant.ends,
                };
                if redeemed {
                    Answer::TokensLiveOn
                } else {
                    Answer::Withdrawn
                }
            }
        }
    }
}

impl Grant {
    fn new(device: Device, now: u64) -> Self {
        Self {
            device,
            ends: now + LIFETIME + SKEW,
            fate: Fate::Undecided,
            claim: None,
            was_approved: false,
            last_accepted: None,
            had_twin: false,
            told: INTERVAL,
        }
    }

    fn forgotten_at(&self) -> u64 {
        self.ends
            + if self.was_approved {
                RETENTION
            } else {
                ABANDONED
            }
    }

    /// RFC 8628 §3.5, with a leeway, and with one immediate repetition that costs nothing.
    fn pace(&mut self, now: u64) -> Answer {
        let age = self.last_accepted.map(|last| now - last);
        match age {
            Some(age) if age < DUE_AFTER => {
                if age < SECOND && !self.had_twin {
                    self.had_twin = true;
                    return Answer::Pending;
                }
                self.told = (self.told + 5).min(60);
                Answer::SlowDown {
                    interval: self.told,
                }
            }
            Some(_) | None => {
                self.last_accepted = Some(now);
                self.had_twin = false;
                Answer::Pending
            }
        }
    }

    /// An attempt, and after one that failed a pause: 4.5 s, twice as long each time, at most a minute, no longer than 4.5 s
    /// in the last minute, and never beyond the end.
    fn redeem(&mut self, mood: Mood, attempts: u32, now: u64) -> Answer {
        match mood {
            Mood::Works => {
                self.fate = Fate::Redeemed;
                Answer::Tokens
            }
            Mood::Refuses => {
                self.fate = Fate::Refused;
                Answer::HostRefused
            }
            Mood::Unavailable => {
                let shortest = now + 4_500;
                let doubled = (4_500 << attempts.min(8)).min(60 * SECOND);
                let last_long = self.ends.saturating_sub(60 * SECOND);
                let paused_until = (now + doubled).min(last_long).max(shortest).min(self.ends);
                self.fate = Fate::Approved {
                    attempts: attempts + 1,
                    paused_until,
                };
                Answer::Unavailable
            }
        }
    }
}
