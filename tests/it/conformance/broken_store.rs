#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a flaw is named where it makes a difference"
)]

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use device_grant::code::{GrantId, UserCodeDigest};
use device_grant::grant::{Subject, Timestamp};
use device_grant::host::{
    Clock, GrantStore, NewRow, Pace, Paced, PollRecord, PortError, Replacement, Row, System,
};
use device_grant::testing::ManualClock;

use super::gap::Gap;

/// The flaw of a [`BrokenStore`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Flaw {
    None,
    // insert
    FindsNoUserCode,
    OverwritesATakenId,
    KeepsTheCodeOfARefusedGrant,
    KeepsTheIdOfARefusedGrant,
    TakesARepetitionForASuccess,
    FreesTheCodeOfADecidedGrant,
    CountsNoCodeAsACode,
    ChecksCodesBeforehand,
    ChecksIdsBeforehand,
    // find
    FindsAnyGrant,
    ReadsACopyThatLags,
    LooksUpOneCodeOnly,
    FindsAGrantForEachCode,
    // replace
    AcknowledgesWithoutWriting,
    OverwritesAnyRevision,
    OverwritesEveryGrantWithTheRevision,
    TakesItsOwnRevisionForASuccess,
    KeepsRevisionsAsFloats,
    ComparesBeforehand,
    InsertsWhatIsUnknown,
    RevivesWhatIsForgotten,
    WritesBackWhatIsForgottenMeanwhile,
    // record_poll
    PollsChangeTheRevision,
    PollsWriteTheWholeRow,
    ReplacingResetsThePace,
    PacesTheDecided,
    ExpiresAMicrosecondLate,
    ForgetsTheExpiredWhenPolled,
    PollsFindAnyGrant,
    TellsTheLongestIntervalWithoutLooking,
    EnforcesFiveSeconds,
    SharesOnePace,
    EarlyPollsMoveTheReference,
    JudgesBeforehand,
    // purge
    ForgetsTheExpired,
    ForgetsTheDeniedEarly,
    ForgetsAsAgreedAtFirst,
    NeverForgetsSooner,
    EvictsTheOldest,
    KeepsTheCodesOfTheForgotten,
    KeepsTheRedeemed,
    ForgetsEverything,
    KnowsNoLimit,
    TakesZeroForNoLimit,
    NeverReachesTheEndOfTime,
    KeepsThePaceOfTheForgotten,
    FreesACodeTwice,
    CountsBeforehand,
    // what is kept
    LosesTheFiftiethWrite,
    WritesInTwoSteps,
    LosesTheSubject,
    KeepsMilliseconds,
    KeepsFourDigitYears,
    ReadsIdsAsText,
    TrimsText,
    CutsTextAt255,
    CutsTextAtNul,
    // time
    IssuesAtTheSystemsTime,
    TellsTheTimeOfTheWrite,
    TellsTheSystemsTime,
    JudgesPollsASecondLater,
}

/// A simple store that breaks its contract in one way.
pub(super) struct BrokenStore {
    flaw: Flaw,
    clock: ManualClock,
    gap: Gap,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    rows: BTreeMap<GrantId, Grant>,
    /// The grants that were forgotten, with their codes and ids below.
    forgotten: BTreeMap<GrantId, Grant>,
    taken_codes: Vec<UserCodeDigest>,
    taken_ids: Vec<GrantId>,
    purges: u32,
    writes: u32,
    pace: Option<Pace>,
}

#[derive(Clone)]
struct Grant {
    row: Row,
    before: Row,
    first: NewRow,
    agreed: Timestamp,
    pace: Pace,
}

impl BrokenStore {
    pub(super) fn new(flaw: Flaw, clock: ManualClock) -> Self {
        Self {
            flaw,
            clock,
            gap: Gap::default(),
            kept: Mutex::default(),
        }
    }

    fn is(&self, flaw: Flaw) -> bool {
        self.flaw == flaw
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets others in between a look and what it leads to.
    fn pause<'a>(&'a self, kept: MutexGuard<'a, Kept>) -> MutexGuard<'a, Kept> {
        drop(kept);
        self.gap.wait();
        self.kept()
    }

    fn read(&self, row: &Row) -> Row {
        let mut row = row.clone();
        if !self.is(Flaw::TellsTheTimeOfTheWrite) {
            row.read_at = self.clock.now();
        }
        row
    }

    fn has_id(&self, kept: &Kept, id: GrantId) -> bool {
        let is_same = |other: &GrantId| {
            let text = |id: &GrantId| String::from_utf8_lossy(id.as_bytes()).into_owned();
            id == *other || self.is(Flaw::ReadsIdsAsText) && text(&id) == text(other)
        };
        kept.rows.keys().any(is_same) || kept.taken_ids.contains(&id)
    }

    fn has_code(&self, kept: &Kept, code: Option<UserCodeDigest>) -> bool {
        let counts =
            |grant: &Grant| grant.row.is_pending || !self.is(Flaw::FreesTheCodeOfADecidedGrant);
        let is_taken = |grant: &Grant| counts(grant) && grant.row.user_code == code;
        (code.is_some() || self.is(Flaw::CountsNoCodeAsACode)) && kept.rows.values().any(is_taken)
            || code.is_some_and(|code| kept.taken_codes.contains(&code))
    }

    /// Notes what a refused grant leaves behind.
    fn refuse(&self, kept: &mut Kept, new: &NewRow, has_id: bool) -> Option<Timestamp> {
        let known = kept.rows.get(&new.id).filter(|known| known.first == *new);
        if let Some(known) = known.filter(|_| self.is(Flaw::TakesARepetitionForASuccess)) {
            return Some(known.row.issued_at);
        }
        if self.is(Flaw::KeepsTheCodeOfARefusedGrant) && has_id {
            kept.taken_codes.extend(new.user_code);
        }
        if self.is(Flaw::KeepsTheIdOfARefusedGrant) && !has_id {
            kept.taken_ids.push(new.id);
        }
        None
    }

    fn write_new(&self, new: &NewRow) -> Option<Timestamp> {
        let mut kept = self.kept();
        let has_id = self.has_id(&kept, new.id) && !self.is(Flaw::OverwritesATakenId);
        if has_id || self.has_code(&kept, new.user_code) {
            return self.refuse(&mut kept, new, has_id);
        }
        if self.is(Flaw::ChecksCodesBeforehand) || self.is(Flaw::ChecksIdsBeforehand) {
            kept = self.pause(kept);
            let is_late = self.is(Flaw::ChecksCodesBeforehand) && kept.rows.contains_key(&new.id)
                || self.is(Flaw::ChecksIdsBeforehand) && self.has_code(&kept, new.user_code);
            if is_late {
                return None;
            }
        }
        if self.is(Flaw::EvictsTheOldest) && kept.rows.len() >= 300 {
            let rows = kept.rows.values();
            let oldest = rows.min_by_key(|grant| grant.row.issued_at);
            let oldest = oldest.map(|grant| grant.row.id);
            oldest.and_then(|id| kept.rows.remove(&id));
        }
        let at = self.keep(&mut kept, new);
        Some(at)
    }

    fn keep(&self, kept: &mut Kept, new: &NewRow) -> Timestamp {
        let now = match self.flaw {
            Flaw::IssuesAtTheSystemsTime => System.now(),
            _ => self.clock.now(),
        };
        let forgotten = kept.forgotten.get(&new.id);
        let old = forgotten.filter(|_| self.is(Flaw::KeepsThePaceOfTheForgotten));
        let row = self.mangled(new.at(now));
        let grant = Grant {
            pace: old.map_or(new.pace, |old| old.pace),
            before: row.clone(),
            agreed: row.forget_at,
            first: new.clone(),
            row,
        };
        kept.rows.insert(new.id, grant);
        now
    }

    fn write_over(&self, replacement: &Replacement) -> bool {
        let id = replacement.id;
        let mut kept = self.kept();
        kept.writes += 1;
        let Some(grant) = kept.rows.get(&id).cloned() else {
            return self.revive(&mut kept, replacement);
        };
        let current = grant.row.revision;
        let next = self.rounded(replacement.revision);
        let is_own = self.is(Flaw::TakesItsOwnRevisionForASuccess) && current == next;
        let is_expected = current == self.rounded(replacement.expected);
        if !is_expected && !is_own && !self.is(Flaw::OverwritesAnyRevision) {
            return false;
        }
        if self.is(Flaw::ComparesBeforehand) || self.is(Flaw::WritesBackWhatIsForgottenMeanwhile) {
            kept = self.pause(kept);
            let meanwhile = kept.rows.get(&id);
            let is_changed = meanwhile.is_none_or(|now| now.row != grant.row);
            let may_write = if self.is(Flaw::ComparesBeforehand) {
                kept.rows.contains_key(&id)
            } else {
                !is_changed || kept.forgotten.contains_key(&id)
            };
            if !may_write {
                return false;
            }
        }
        self.overwrite(&mut kept, grant, replacement);
        true
    }

    fn overwrite(&self, kept: &mut Kept, mut grant: Grant, replacement: &Replacement) {
        if self.is(Flaw::AcknowledgesWithoutWriting)
            || self.is(Flaw::LosesTheFiftiethWrite) && kept.writes.is_multiple_of(50)
        {
            return;
        }
        if self.is(Flaw::OverwritesEveryGrantWithTheRevision) {
            for other in kept.rows.values_mut() {
                if other.row.revision == grant.row.revision {
                    other.row.revision = replacement.revision;
                }
            }
        }
        if self.is(Flaw::ReplacingResetsThePace) {
            grant.pace = grant.first.pace;
        }
        grant.before = grant.row.clone();
        // Whether the revision is the expected one was judged before, or is not, by a flaw.
        let mut forced = replacement.clone();
        forced.expected = grant.row.revision;
        grant.row.apply(&forced);
        if self.is(Flaw::NeverForgetsSooner) {
            grant.row.forget_at = grant.row.forget_at.max(grant.before.forget_at);
        }
        grant.row.revision = self.rounded(replacement.revision);
        grant.row = self.mangled(grant.row);
        kept.rows.insert(grant.row.id, grant);
    }

    fn revive(&self, kept: &mut Kept, replacement: &Replacement) -> bool {
        let was_there = kept.forgotten.get(&replacement.id).cloned();
        let revives = self.is(Flaw::InsertsWhatIsUnknown) && was_there.is_none()
            || self.is(Flaw::RevivesWhatIsForgotten) && was_there.is_some();
        if !revives {
            return false;
        }
        let fresh = device_grant::testing::conformance::store::fixtures::new_row(1);
        let new = was_there.map_or(fresh, |old| old.first);
        self.keep(kept, &new);
        true
    }

    fn judge(&self, grant: &Grant, poll: &PollRecord) -> (Pace, Option<Paced>) {
        let mut now = self.clock.now();
        if self.is(Flaw::JudgesPollsASecondLater) {
            now = now + std::time::Duration::from_secs(1);
        }
        let is_paced = match self.flaw {
            Flaw::PacesTheDecided => now < grant.row.expires_at,
            Flaw::ExpiresAMicrosecondLate if now == grant.row.expires_at => true,
            Flaw::TellsTheLongestIntervalWithoutLooking
                if grant.pace.told_interval >= poll.longest =>
            {
                now < grant.row.expires_at
            }
            _ => grant.row.is_paced(now),
        };
        if !is_paced {
            return (grant.pace, None);
        }
        let mut pace = grant.pace;
        if self.is(Flaw::EnforcesFiveSeconds) {
            pace.due_after = std::time::Duration::from_millis(4_500);
        }
        let (mut next, paced) = pace.poll(now, poll);
        if self.is(Flaw::EarlyPollsMoveTheReference) {
            next.last_accepted = Some(now);
        }
        (next, Some(paced))
    }

    fn poll(&self, poll: &PollRecord) -> Option<Row> {
        let mut kept = self.kept();
        let any = kept.rows.values().next();
        let any = any.filter(|_| self.is(Flaw::PollsFindAnyGrant));
        let mut grant = kept.rows.get(&poll.id).or(any)?.clone();
        let is_expired = self.clock.now() >= grant.row.expires_at;
        if self.is(Flaw::ForgetsTheExpiredWhenPolled) && is_expired {
            return None;
        }
        if self.is(Flaw::SharesOnePace) {
            grant.pace = kept.pace.unwrap_or(grant.pace);
        }
        let (pace, paced) = self.judge(&grant, poll);
        let mut row = self.read(&grant.row);
        row.paced = paced;
        grant.pace = pace;
        if self.is(Flaw::JudgesBeforehand) || self.is(Flaw::PollsWriteTheWholeRow) {
            kept = self.pause(kept);
        }
        kept.pace = Some(pace);
        if self.is(Flaw::PollsWriteTheWholeRow) {
            kept.rows.insert(poll.id, grant);
        } else if let Some(now) = kept.rows.get_mut(&poll.id) {
            now.pace = pace;
            if self.is(Flaw::PollsChangeTheRevision) {
                now.row.revision = now.row.revision.wrapping_add(1);
            }
        }
        Some(row)
    }

    fn is_due(&self, grant: &Grant, now: Timestamp) -> bool {
        let row = &grant.row;
        let is_denied = !row.is_pending && row.subject.is_none();
        match self.flaw {
            Flaw::ForgetsTheExpired => now >= row.expires_at,
            Flaw::ForgetsTheDeniedEarly if is_denied => true,
            Flaw::ForgetsAsAgreedAtFirst => now >= grant.agreed,
            Flaw::KeepsTheRedeemed if row.subject.is_some() => false,
            Flaw::ForgetsEverything => now >= row.issued_at,
            Flaw::NeverReachesTheEndOfTime if now == Timestamp::MAX => false,
            _ => now >= row.forget_at,
        }
    }

    fn forget(&self, limit: u32) -> u64 {
        let now = self.clock.now();
        let mut kept = self.kept();
        kept.purges += 1;
        let has_no_limit = self.is(Flaw::KnowsNoLimit) && limit > 0
            || self.is(Flaw::TakesZeroForNoLimit) && limit == 0;
        let limit = if has_no_limit { u32::MAX } else { limit };
        let due = kept.rows.iter().filter(|(_, row)| self.is_due(row, now));
        let due: Vec<GrantId> = due
            .map(|(id, _)| *id)
            .take(limit.try_into().unwrap())
            .collect();
        if self.is(Flaw::CountsBeforehand) {
            kept = self.pause(kept);
        }
        for id in &due {
            if let Some(grant) = kept.rows.remove(id) {
                kept.forgotten.insert(*id, grant);
            }
        }
        u64::try_from(due.len()).unwrap()
    }

    /// The row as it comes back.
    fn mangled(&self, mut row: Row) -> Row {
        let text = |change: fn(&str) -> String, row: &mut Row| {
            row.client_id = change(row.client_id.as_str()).into();
            row.issuer = change(&row.issuer).into();
            row.subject = row
                .subject
                .take()
                .map(|subject| Subject::from(change(subject.as_str())));
        };
        let times = |change: fn(i64) -> i64, row: &mut Row| {
            for time in [&mut row.issued_at, &mut row.expires_at, &mut row.forget_at] {
                *time = Timestamp::from_micros(change(time.as_micros()));
            }
        };
        match self.flaw {
            Flaw::LosesTheSubject => row.subject = None,
            Flaw::KeepsMilliseconds => times(|time| time / 1_000 * 1_000, &mut row),
            Flaw::KeepsFourDigitYears => times(
                |time| time.clamp(-62_135_596_800_000_000, 253_402_300_799_999_999),
                &mut row,
            ),
            Flaw::TrimsText => text(|text| text.trim().to_owned(), &mut row),
            Flaw::CutsTextAt255 => text(|text| text.chars().take(255).collect(), &mut row),
            Flaw::CutsTextAtNul => text(
                |text| text.split('\0').next().unwrap_or_default().to_owned(),
                &mut row,
            ),
            _ => {}
        }
        row
    }

    fn rounded(&self, revision: u64) -> u64 {
        if !self.is(Flaw::KeepsRevisionsAsFloats) {
            return revision;
        }
        #[expect(
            clippy::as_conversions,
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            clippy::cast_sign_loss,
            reason = "this is what is wrong with it"
        )]
        {
            revision as f64 as u64
        }
    }
}

#[async_trait]
impl GrantStore for BrokenStore {
    async fn insert(&self, new: &NewRow) -> Result<Option<Timestamp>, PortError> {
        let inserted = self.write_new(new);
        if self.is(Flaw::WritesInTwoSteps) && inserted.is_some() {
            self.kept().taken_codes.extend(new.user_code);
            tokio::task::yield_now().await;
            self.kept()
                .taken_codes
                .retain(|other| Some(*other) != new.user_code);
        }
        Ok(inserted)
    }

    async fn find(&self, id: &GrantId) -> Result<Option<Row>, PortError> {
        let kept = self.kept();
        let any = kept.rows.values().next();
        let any = any.filter(|_| self.is(Flaw::FindsAnyGrant));
        let grant = kept.rows.get(id).or(any);
        Ok(grant.map(|grant| match self.flaw {
            Flaw::ReadsACopyThatLags => self.read(&grant.before),
            _ => self.read(&grant.row),
        }))
    }

    async fn find_by_user_code(&self, codes: &[UserCodeDigest]) -> Result<Vec<Row>, PortError> {
        let kept = self.kept();
        let one_only = self.is(Flaw::LooksUpOneCodeOnly);
        let mut codes = codes
            .iter()
            .take(if one_only { 1 } else { usize::MAX })
            .collect::<Vec<_>>();
        if !self.is(Flaw::FindsAGrantForEachCode) {
            codes.sort_by_key(|code| *code.as_bytes());
            codes.dedup_by_key(|code| *code.as_bytes());
        }
        let has = |grant: &Grant, code: &UserCodeDigest| grant.row.user_code == Some(*code);
        let is_hidden = |code: &UserCodeDigest| {
            self.is(Flaw::FindsNoUserCode)
                || self.is(Flaw::WritesInTwoSteps) && kept.taken_codes.contains(code)
                || self.is(Flaw::FreesACodeTwice)
                    && kept.purges > 1
                    && kept.forgotten.values().any(|grant| has(grant, code))
        };
        let found = codes
            .into_iter()
            .filter(|code| !is_hidden(code))
            .flat_map(|code| {
                let ghosts = kept.forgotten.values();
                let ghosts = ghosts.filter(|_| self.is(Flaw::KeepsTheCodesOfTheForgotten));
                let grants = kept.rows.values().chain(ghosts);
                let grants = grants.filter(|grant| has(grant, code));
                grants
                    .map(|grant| self.read(&grant.row))
                    .collect::<Vec<_>>()
            });
        Ok(found.collect())
    }

    async fn replace(&self, replacement: &Replacement) -> Result<bool, PortError> {
        Ok(self.write_over(replacement))
    }

    async fn record_poll(&self, poll: &PollRecord) -> Result<Option<Row>, PortError> {
        Ok(self.poll(poll))
    }

    async fn now(&self) -> Result<Timestamp, PortError> {
        Ok(match self.flaw {
            Flaw::TellsTheSystemsTime => System.now(),
            _ => self.clock.now(),
        })
    }

    async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        Ok(self.forget(limit))
    }

    async fn check(&self) -> Result<Vec<String>, PortError> {
        Ok(Vec::new())
    }
}
