#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a flaw is named where it makes a difference"
)]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use device_grant::code::{GrantId, UserCodeDigest};
use device_grant::grant::Timestamp;
use device_grant::host::{
    Cursor, GrantDirectory, GrantStore, GrantsOf, NewRow, PageRequest, PollRecord, PortError,
    Replacement, Row,
};
use device_grant::store::MemoryStore;
use device_grant::testing::ManualClock;

/// The flaw of a [`BrokenDirectory`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Flaw {
    None,
    OmitsTheDenied,
    OmitsTheRevoked,
    KeepsTheForgotten,
    IgnoresCase,
    ListsEveryIssuer,
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
    index: Mutex<BTreeMap<Cursor, Row>>,
    /// The number of grants that were listed since the last first page.
    listed: AtomicUsize,
}

impl BrokenDirectory {
    pub(super) fn new(flaw: Flaw, clock: ManualClock) -> Self {
        Self {
            flaw,
            store: MemoryStore::new().with_clock(clock),
            index: Mutex::default(),
            listed: AtomicUsize::default(),
        }
    }

    fn is(&self, flaw: Flaw) -> bool {
        self.flaw == flaw
    }

    fn includes(&self, page: &PageRequest, row: &Row) -> bool {
        let is_denied = !row.is_pending && row.subject.is_none();
        let is_revoked = row.body.as_bytes().ends_with(br#""revoked":{"a":3}}}"#);
        let is_omitted = match self.flaw {
            Flaw::OmitsTheDenied => is_denied,
            Flaw::OmitsTheRevoked => is_revoked,
            _ => false,
        };
        let mut page = page.clone();
        page.after = None;
        if self.is(Flaw::ListsEveryIssuer) {
            page.issuer = row.issuer.clone();
        }
        let is_included = match &page.of {
            GrantsOf::Subject(subject) if self.is(Flaw::IgnoresCase) => row
                .subject
                .as_ref()
                .is_some_and(|other| other.as_str().eq_ignore_ascii_case(subject.as_str())),
            GrantsOf::Subject(_) if self.is(Flaw::ListsReviewersToo) => {
                let is_reviewed = row
                    .body
                    .as_bytes()
                    .starts_with(br#"{"v":1,"s":{"reviewed""#);
                is_reviewed || page.includes(row)
            }
            GrantsOf::Subject(_) | GrantsOf::Client(_) => page.includes(row),
        };
        is_included && !is_omitted
    }

    /// Writes a row into the index.
    fn note(&self, row: &Row) {
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        index.insert(Cursor::at(row), row.clone());
    }

    /// Every row in the index, newest first.
    async fn everything(&self) -> Vec<Row> {
        let index = self
            .index
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let mut all = Vec::new();
        for row in index.into_values().rev() {
            let is_there = self.store.find(&row.id).await.unwrap().is_some();
            if is_there || self.is(Flaw::KeepsTheForgotten) {
                all.push(row);
            }
        }
        all
    }
}

#[async_trait]
impl GrantDirectory for BrokenDirectory {
    async fn list(&self, page: &PageRequest) -> Result<Vec<Row>, PortError> {
        let mut all = self.everything().await;
        all.retain(|row| self.includes(page, row));
        if self.is(Flaw::ListsTheOldestFirst) {
            all.reverse();
        }
        let after = page.after.as_ref();
        let knows = |after: &Cursor| all.iter().any(|row| Cursor::at(row) == *after);
        if self.is(Flaw::WantsToKnowTheCursor) && !after.is_none_or(knows) {
            return Ok(Vec::new());
        }
        let is_after = |row: &Row| {
            let place = Cursor::at(row);
            after.is_none_or(|after| match self.flaw {
                Flaw::ListsTheOldestFirst => place > *after,
                Flaw::SkipsWhatIsOfTheSameTime => place.issued_at < after.issued_at,
                Flaw::PagesByNumber => true,
                _ => place < *after,
            })
        };
        let one_too_many = usize::from(self.is(Flaw::ListsOneTooMany));
        let limit = usize::try_from(page.limit).unwrap() + one_too_many;
        let skipped = match after {
            Some(_) if self.is(Flaw::PagesByNumber) => self.listed.load(Ordering::Relaxed),
            Some(_) | None => 0,
        };
        all.retain(is_after);
        let listed: Vec<_> = all.into_iter().skip(skipped).take(limit).collect();
        self.listed.store(skipped + listed.len(), Ordering::Relaxed);
        Ok(listed)
    }
}

#[async_trait]
impl GrantStore for BrokenDirectory {
    async fn insert(&self, new: &NewRow) -> Result<Option<Timestamp>, PortError> {
        let inserted = self.store.insert(new).await?;
        if let Some(at) = inserted {
            self.note(&new.at(at));
        }
        Ok(inserted)
    }

    async fn find(&self, id: &GrantId) -> Result<Option<Row>, PortError> {
        self.store.find(id).await
    }

    async fn find_by_user_code(&self, codes: &[UserCodeDigest]) -> Result<Vec<Row>, PortError> {
        self.store.find_by_user_code(codes).await
    }

    async fn replace(&self, replacement: &Replacement) -> Result<bool, PortError> {
        let replaced = self.store.replace(replacement).await?;
        if !self.is(Flaw::IndexesOnlyWhatIsNew)
            && let Some(row) = self.store.find(&replacement.id).await?
        {
            self.note(&row);
        }
        Ok(replaced)
    }

    async fn record_poll(&self, poll: &PollRecord) -> Result<Option<Row>, PortError> {
        self.store.record_poll(poll).await
    }

    async fn now(&self) -> Result<Timestamp, PortError> {
        self.store.now().await
    }

    async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        self.store.purge(limit).await
    }

    async fn check(&self) -> Result<Vec<String>, PortError> {
        self.store.check().await
    }
}
