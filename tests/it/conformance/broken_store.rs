#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a flaw is named where it makes a difference"
)]

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use device_grant::code::{GrantId, UserCodeDigest};
use device_grant::grant::{Grant, Holder, Pace, Paced, Pacing, Revision, State, Stored, Timestamp};
use device_grant::host::{GrantStore, Insertion, Polled, Replaced, StoreError};
use serde_json::Value;

use super::gap::Gap;

/// What is wrong with a [`BrokenStore`].
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
    PacesStrangers,
    CollatesClients,
    WantsEqualBindings,
    PacesTheDecided,
    ExpiresAMicrosecondLate,
    ForgetsTheExpiredWhenPolled,
    PollsFindAnyGrant,
    EnforcesFiveSeconds,
    SharesOnePace,
    EarlyPollsMoveTheReference,
    JudgesBeforehand,
    // purge
    ForgetsTheExpired,
    ForgetsTheDeniedEarly,
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
    LosesTheSecondMethod,
    KeepsMilliseconds,
    KeepsFourDigitYears,
    ReadsIdsAsText,
    TrimsText,
    CutsTextAt255,
    CutsTextAtNul,
}

/// A simple store that breaks its contract in one way.
pub(super) struct BrokenStore {
    flaw: Flaw,
    gap: Gap,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    rows: BTreeMap<GrantId, Row>,
    /// What is no more, and what it left behind.
    forgotten: BTreeMap<GrantId, Row>,
    taken_codes: Vec<UserCodeDigest>,
    taken_ids: Vec<GrantId>,
    purges: u32,
    writes: u32,
    pace: Option<Pace>,
}

#[derive(Clone)]
struct Row {
    stored: Stored,
    before: Stored,
    pace: Pace,
}

impl BrokenStore {
    pub(super) fn new(flaw: Flaw) -> Self {
        Self {
            flaw,
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

    fn has_id(&self, kept: &Kept, id: GrantId) -> bool {
        let is_same = |other: &GrantId| {
            let text = |id: &GrantId| String::from_utf8_lossy(id.as_bytes()).into_owned();
            id == *other || self.is(Flaw::ReadsIdsAsText) && text(&id) == text(other)
        };
        kept.rows.keys().any(is_same) || kept.taken_ids.contains(&id)
    }

    fn has_code(&self, kept: &Kept, new: &Grant) -> bool {
        let code = new.facts().user_code;
        let counts = |row: &Row| {
            let is_pending = matches!(row.stored.grant.state(), State::Pending { .. });
            is_pending || !self.is(Flaw::FreesTheCodeOfADecidedGrant)
        };
        let is_taken = |row: &Row| counts(row) && row.stored.grant.facts().user_code == code;
        (code.is_some() || self.is(Flaw::CountsNoCodeAsACode)) && kept.rows.values().any(is_taken)
            || code.is_some_and(|code| kept.taken_codes.contains(&code))
    }

    /// Notes what a refused grant leaves behind.
    fn refuse(&self, kept: &mut Kept, new: &Stored, has_id: bool) -> Insertion {
        let repeated = kept
            .rows
            .get(&new.grant.id())
            .is_some_and(|row| row.stored == *new);
        if self.is(Flaw::TakesARepetitionForASuccess) && repeated {
            return Insertion::Inserted;
        }
        if self.is(Flaw::KeepsTheCodeOfARefusedGrant) && has_id {
            kept.taken_codes.extend(new.grant.facts().user_code);
        }
        if self.is(Flaw::KeepsTheIdOfARefusedGrant) && !has_id {
            kept.taken_ids.push(new.grant.id());
        }
        Insertion::Taken
    }

    fn write_new(&self, new: &Stored) -> Insertion {
        let new = Stored::new(self.mangled(&new.grant), new.revision);
        let mut kept = self.kept();
        let has_id = self.has_id(&kept, new.grant.id()) && !self.is(Flaw::OverwritesATakenId);
        if has_id || self.has_code(&kept, &new.grant) {
            return self.refuse(&mut kept, &new, has_id);
        }
        if self.is(Flaw::ChecksCodesBeforehand) || self.is(Flaw::ChecksIdsBeforehand) {
            kept = self.pause(kept);
            let is_late = self.is(Flaw::ChecksCodesBeforehand)
                && kept.rows.contains_key(&new.grant.id())
                || self.is(Flaw::ChecksIdsBeforehand) && self.has_code(&kept, &new.grant);
            if is_late {
                return Insertion::Taken;
            }
        }
        if self.is(Flaw::EvictsTheOldest) && kept.rows.len() >= 300 {
            let oldest = kept
                .rows
                .values()
                .min_by_key(|row| row.stored.grant.facts().issued_at);
            let oldest = oldest.map(|row| row.stored.grant.id());
            oldest.and_then(|id| kept.rows.remove(&id));
        }
        self.keep(&mut kept, new);
        Insertion::Inserted
    }

    fn keep(&self, kept: &mut Kept, new: Stored) {
        let id = new.grant.id();
        let old = kept
            .forgotten
            .get(&id)
            .filter(|_| self.is(Flaw::KeepsThePaceOfTheForgotten));
        let fresh = Pace::new(new.grant.facts().interval);
        let row = Row {
            before: new.clone(),
            pace: old.map_or(fresh, |old| old.pace),
            stored: new,
        };
        kept.rows.insert(id, row);
    }

    fn write_over(&self, expected: Revision, next: &Stored) -> Replaced {
        let next = Stored::new(self.mangled(&next.grant), self.rounded(next.revision));
        let id = next.grant.id();
        let mut kept = self.kept();
        kept.writes += 1;
        let Some(row) = kept.rows.get(&id).cloned() else {
            return self.revive(&mut kept, next);
        };
        let current = row.stored.revision;
        let is_own = self.is(Flaw::TakesItsOwnRevisionForASuccess) && current == next.revision;
        if current != self.rounded(expected) && !is_own && !self.is(Flaw::OverwritesAnyRevision) {
            return Replaced::Lost;
        }
        if self.is(Flaw::ComparesBeforehand) || self.is(Flaw::WritesBackWhatIsForgottenMeanwhile) {
            kept = self.pause(kept);
            let is_changed = kept
                .rows
                .get(&id)
                .is_none_or(|now| now.stored != row.stored);
            let may_write = if self.is(Flaw::ComparesBeforehand) {
                kept.rows.contains_key(&id)
            } else {
                !is_changed || kept.forgotten.contains_key(&id)
            };
            if !may_write {
                return Replaced::Lost;
            }
        }
        self.overwrite(&mut kept, row, next);
        Replaced::Won
    }

    fn overwrite(&self, kept: &mut Kept, row: Row, next: Stored) {
        if self.is(Flaw::AcknowledgesWithoutWriting)
            || self.is(Flaw::LosesTheFiftiethWrite) && kept.writes.is_multiple_of(50)
        {
            return;
        }
        if self.is(Flaw::OverwritesEveryGrantWithTheRevision) {
            for other in kept.rows.values_mut() {
                if other.stored.revision == row.stored.revision {
                    other.stored.revision = next.revision;
                }
            }
        }
        let pace = if self.is(Flaw::ReplacingResetsThePace) {
            Pace::new(next.grant.facts().interval)
        } else {
            row.pace
        };
        let before = row.stored;
        let row = Row {
            stored: next,
            before,
            pace,
        };
        kept.rows.insert(row.stored.grant.id(), row);
    }

    fn revive(&self, kept: &mut Kept, next: Stored) -> Replaced {
        let was_there = kept.forgotten.contains_key(&next.grant.id());
        let revives = self.is(Flaw::InsertsWhatIsUnknown) && !was_there
            || self.is(Flaw::RevivesWhatIsForgotten) && was_there;
        if !revives {
            return Replaced::Lost;
        }
        self.keep(kept, next);
        Replaced::Won
    }

    fn judge(
        &self,
        row: &Row,
        holder: &Holder,
        now: Timestamp,
        pacing: &Pacing,
    ) -> (Pace, Option<Paced>) {
        let facts = row.stored.grant.facts();
        if !self.is_paced(&row.stored.grant, holder, now) {
            return (row.pace, None);
        }
        let interval = if self.is(Flaw::EnforcesFiveSeconds) {
            5
        } else {
            facts.interval
        };
        let (mut next, paced) = row.pace.poll(interval, now, pacing);
        if self.is(Flaw::EarlyPollsMoveTheReference) {
            next.last_accepted = Some(now);
        }
        (next, Some(paced))
    }

    fn is_paced(&self, grant: &Grant, holder: &Holder, now: Timestamp) -> bool {
        let facts = grant.facts();
        let same_client = |fold: fn(&str) -> String| {
            fold(facts.holder.client_id.as_str()) == fold(holder.client_id.as_str())
        };
        match self.flaw {
            Flaw::PacesStrangers => grant.is_undecided(now),
            Flaw::CollatesClients => {
                grant.is_undecided(now) && same_client(|id| id.trim().to_lowercase())
            }
            Flaw::WantsEqualBindings => grant.is_undecided(now) && facts.holder == *holder,
            Flaw::PacesTheDecided => !facts.is_expired(now) && same_client(str::to_owned),
            Flaw::ExpiresAMicrosecondLate if now == facts.expires_at => true,
            _ => grant.is_paced(holder, now),
        }
    }

    fn poll(
        &self,
        id: &GrantId,
        holder: &Holder,
        now: Timestamp,
        pacing: &Pacing,
    ) -> Option<Polled> {
        let mut kept = self.kept();
        let any = kept
            .rows
            .values()
            .next()
            .filter(|_| self.is(Flaw::PollsFindAnyGrant));
        let mut row = kept.rows.get(id).or(any)?.clone();
        if self.is(Flaw::ForgetsTheExpiredWhenPolled) && row.stored.grant.facts().is_expired(now) {
            return None;
        }
        if self.is(Flaw::SharesOnePace) {
            row.pace = kept.pace.unwrap_or(row.pace);
        }
        let (pace, paced) = self.judge(&row, holder, now, pacing);
        let polled = Polled::new(row.stored.clone(), paced);
        row.pace = pace;
        if self.is(Flaw::JudgesBeforehand) || self.is(Flaw::PollsWriteTheWholeRow) {
            kept = self.pause(kept);
        }
        kept.pace = Some(pace);
        if self.is(Flaw::PollsWriteTheWholeRow) {
            kept.rows.insert(*id, row);
        } else if let Some(now) = kept.rows.get_mut(id) {
            now.pace = pace;
            if self.is(Flaw::PollsChangeTheRevision) {
                let revision = now.stored.revision.as_u64();
                now.stored.revision = Revision::from_u64(revision.wrapping_add(1));
            }
        }
        Some(polled)
    }

    fn is_due(&self, row: &Row, now: Timestamp) -> bool {
        let facts = row.stored.grant.facts();
        match self.flaw {
            Flaw::ForgetsTheExpired => now >= facts.expires_at,
            Flaw::ForgetsTheDeniedEarly if row.stored.grant.state().name() == "denied" => true,
            Flaw::KeepsTheRedeemed if row.stored.grant.state().name() == "redeemed" => false,
            Flaw::ForgetsEverything => now >= facts.issued_at,
            Flaw::NeverReachesTheEndOfTime if now == Timestamp::MAX => false,
            _ => now >= facts.forget_at,
        }
    }

    fn forget(&self, now: Timestamp, limit: u32) -> u64 {
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
            if let Some(row) = kept.rows.remove(id) {
                kept.forgotten.insert(*id, row);
            }
        }
        u64::try_from(due.len()).unwrap()
    }

    /// The grant as it comes back.
    fn mangled(&self, grant: &Grant) -> Grant {
        let mut json = serde_json::to_value(grant).unwrap();
        match self.flaw {
            Flaw::LosesTheSecondMethod => lose_the_second_method(&mut json),
            Flaw::KeepsMilliseconds => change_times(&mut json, |time| time / 1_000 * 1_000),
            Flaw::KeepsFourDigitYears => change_times(&mut json, |time| {
                time.clamp(-62_135_596_800_000_000, 253_402_300_799_999_999)
            }),
            Flaw::TrimsText => change_text(&mut json, |text| text.trim().to_owned()),
            Flaw::CutsTextAt255 => change_text(&mut json, |text| text.chars().take(255).collect()),
            Flaw::CutsTextAtNul => change_text(&mut json, |text| {
                text.split('\0').next().unwrap_or_default().to_owned()
            }),
            _ => return grant.clone(),
        }
        serde_json::from_value(json).unwrap()
    }

    fn rounded(&self, revision: Revision) -> Revision {
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
        Revision::from_u64(revision.as_u64() as f64 as u64)
    }
}

#[async_trait]
impl GrantStore for BrokenStore {
    async fn insert(&self, new: &Stored) -> Result<Insertion, StoreError> {
        let inserted = self.write_new(new);
        if self.is(Flaw::WritesInTwoSteps) && inserted == Insertion::Inserted {
            let code = new.grant.facts().user_code;
            self.kept().taken_codes.extend(code);
            tokio::task::yield_now().await;
            self.kept().taken_codes.retain(|other| Some(*other) != code);
        }
        Ok(inserted)
    }

    async fn find(&self, id: &GrantId) -> Result<Option<Stored>, StoreError> {
        let kept = self.kept();
        let any = kept
            .rows
            .values()
            .next()
            .filter(|_| self.is(Flaw::FindsAnyGrant));
        let row = kept.rows.get(id).or(any);
        Ok(row.map(|row| match self.flaw {
            Flaw::ReadsACopyThatLags => row.before.clone(),
            _ => row.stored.clone(),
        }))
    }

    async fn find_by_user_code(&self, codes: &[UserCodeDigest]) -> Result<Vec<Stored>, StoreError> {
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
        let is_hidden = |code: &UserCodeDigest| {
            self.is(Flaw::FindsNoUserCode)
                || self.is(Flaw::WritesInTwoSteps) && kept.taken_codes.contains(code)
                || self.is(Flaw::FreesACodeTwice)
                    && kept.purges > 1
                    && kept
                        .forgotten
                        .values()
                        .any(|row| row.stored.grant.facts().user_code == Some(*code))
        };
        let found = codes
            .into_iter()
            .filter(|code| !is_hidden(code))
            .flat_map(|code| {
                let has_it = |row: &&Row| row.stored.grant.facts().user_code == Some(*code);
                let ghosts = kept.forgotten.values();
                let ghosts = ghosts.filter(|_| self.is(Flaw::KeepsTheCodesOfTheForgotten));
                let rows = kept.rows.values().chain(ghosts).filter(has_it);
                rows.map(|row| row.stored.clone()).collect::<Vec<_>>()
            });
        Ok(found.collect())
    }

    async fn replace(&self, expected: Revision, next: &Stored) -> Result<Replaced, StoreError> {
        Ok(self.write_over(expected, next))
    }

    async fn record_poll(
        &self,
        id: &GrantId,
        holder: &Holder,
        now: Timestamp,
        pacing: &Pacing,
    ) -> Result<Option<Polled>, StoreError> {
        Ok(self.poll(id, holder, now, pacing))
    }

    async fn purge(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        Ok(self.forget(now, limit))
    }
}

fn lose_the_second_method(json: &mut Value) {
    walk(json, &mut |key, value| {
        if key == "amr"
            && let Value::Array(methods) = value
        {
            methods.truncate(1);
        }
    });
}

fn change_times(json: &mut Value, change: impl Fn(i64) -> i64) {
    walk(json, &mut |key, value| {
        if matches!(key, "issued_at" | "expires_at" | "forget_at")
            && let Some(time) = value.as_i64()
        {
            *value = change(time).into();
        }
    });
}

fn change_text(json: &mut Value, change: impl Fn(&str) -> String) {
    walk(json, &mut |_, value| {
        if let Value::String(text) = value {
            *text = change(text);
        }
    });
}

/// Calls `change` with every value and the name under which it is.
fn walk(json: &mut Value, change: &mut dyn FnMut(&str, &mut Value)) {
    let mut visit = |name: &str, value: &mut Value| {
        change(name, value);
        walk(value, change);
    };
    match json {
        Value::Object(members) => members
            .iter_mut()
            .for_each(|(name, value)| visit(name, value)),
        Value::Array(values) => values.iter_mut().for_each(|value| visit("", value)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
