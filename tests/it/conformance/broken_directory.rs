#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a flaw is named where it makes a difference"
)]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use device_grant::code::{GrantId, UserCodeDigest};
use device_grant::grant::{Grant, Holder, Pacing, Revision, State, Stored, Timestamp};
use device_grant::host::{
    Cursor, GrantDirectory, GrantStore, GrantsOf, Insertion, Polled, Replaced, StoreError,
};
use device_grant::store::MemoryStore;

/// What is wrong with a [`BrokenDirectory`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Flaw {
    None,
    OmitsTheDenied,
    OmitsTheRevoked,
    KeepsTheForgotten,
    IgnoresCase,
    ListsReviewersToo,
    ListsTheOldestFirst,
    ListsOneTooMany,
    SkipsWhatIsOfTheSameTime,
    PagesByNumber,
    WantsToKnowTheCursor,
    IndexesOnlyWhatIsNew,
}

/// A store that is right, and a directory of it that breaks its contract in one way.
pub(super) struct BrokenDirectory {
    flaw: Flaw,
    store: MemoryStore,
    index: Mutex<BTreeMap<Cursor, Stored>>,
    /// How many were listed since somebody began at the beginning.
    listed: AtomicUsize,
}

impl BrokenDirectory {
    pub(super) fn new(flaw: Flaw) -> Self {
        Self {
            flaw,
            store: MemoryStore::new(),
            index: Mutex::default(),
            listed: AtomicUsize::default(),
        }
    }

    fn is(&self, flaw: Flaw) -> bool {
        self.flaw == flaw
    }

    fn includes(&self, of: &GrantsOf, grant: &Grant) -> bool {
        let state = grant.state();
        let is_omitted = match self.flaw {
            Flaw::OmitsTheDenied => matches!(state, State::Denied { .. }),
            Flaw::OmitsTheRevoked => matches!(state, State::Revoked { .. }),
            _ => false,
        };
        let is_included = match of {
            GrantsOf::Subject(subject) if self.is(Flaw::IgnoresCase) => state
                .subject()
                .is_some_and(|other| other.as_str().eq_ignore_ascii_case(subject.as_str())),
            GrantsOf::Subject(subject) if self.is(Flaw::ListsReviewersToo) => match state {
                State::Pending { review: Some(by) } => by.reviewer.subject == *subject,
                _ => of.includes(grant),
            },
            GrantsOf::Subject(_) | GrantsOf::Client(_) => of.includes(grant),
        };
        is_included && !is_omitted
    }

    /// Writes a grant into the index.
    fn note(&self, stored: &Stored) {
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        index.insert(Cursor::at(&stored.grant), stored.clone());
    }

    /// Every grant in the index, newest first.
    async fn everything(&self) -> Vec<Stored> {
        let index = self
            .index
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let mut all = Vec::new();
        for stored in index.into_values().rev() {
            let is_there = self.store.find(&stored.grant.id()).await.unwrap().is_some();
            if is_there || self.is(Flaw::KeepsTheForgotten) {
                all.push(stored);
            }
        }
        all
    }
}

#[async_trait]
impl GrantDirectory for BrokenDirectory {
    async fn list(
        &self,
        of: &GrantsOf,
        after: Option<&Cursor>,
        limit: u32,
    ) -> Result<Vec<Stored>, StoreError> {
        let mut all = self.everything().await;
        all.retain(|stored| self.includes(of, &stored.grant));
        if self.is(Flaw::ListsTheOldestFirst) {
            all.reverse();
        }
        let knows = |after: &Cursor| all.iter().any(|stored| Cursor::at(&stored.grant) == *after);
        if self.is(Flaw::WantsToKnowTheCursor) && !after.is_none_or(knows) {
            return Ok(Vec::new());
        }
        let is_after = |stored: &Stored| {
            let place = Cursor::at(&stored.grant);
            after.is_none_or(|after| match self.flaw {
                Flaw::ListsTheOldestFirst => place > *after,
                Flaw::SkipsWhatIsOfTheSameTime => place.issued_at() < after.issued_at(),
                Flaw::PagesByNumber => true,
                _ => place < *after,
            })
        };
        let limit = usize::try_from(limit).unwrap() + usize::from(self.is(Flaw::ListsOneTooMany));
        let skipped = match after {
            Some(_) if self.is(Flaw::PagesByNumber) => self.listed.load(Ordering::Relaxed),
            Some(_) | None => 0,
        };
        all.retain(is_after);
        let page: Vec<_> = all.into_iter().skip(skipped).take(limit).collect();
        self.listed.store(skipped + page.len(), Ordering::Relaxed);
        Ok(page)
    }
}

#[async_trait]
impl GrantStore for BrokenDirectory {
    async fn insert(&self, new: &Stored) -> Result<Insertion, StoreError> {
        self.note(new);
        self.store.insert(new).await
    }

    async fn find(&self, id: &GrantId) -> Result<Option<Stored>, StoreError> {
        self.store.find(id).await
    }

    async fn find_by_user_code(&self, codes: &[UserCodeDigest]) -> Result<Vec<Stored>, StoreError> {
        self.store.find_by_user_code(codes).await
    }

    async fn replace(&self, expected: Revision, next: &Stored) -> Result<Replaced, StoreError> {
        if !self.is(Flaw::IndexesOnlyWhatIsNew) {
            self.note(next);
        }
        self.store.replace(expected, next).await
    }

    async fn record_poll(
        &self,
        id: &GrantId,
        holder: &Holder,
        now: Timestamp,
        pacing: &Pacing,
    ) -> Result<Option<Polled>, StoreError> {
        self.store.record_poll(id, holder, now, pacing).await
    }

    async fn purge(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.store.purge(now, limit).await
    }
}
