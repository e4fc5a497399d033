use std::cmp::Reverse;
use std::collections::binary_heap::PeekMut;
use std::collections::{BTreeMap, BinaryHeap, HashMap, hash_map};
use std::fmt;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::code::{GrantId, UserCodeDigest};
use crate::grant::Timestamp;
use crate::host::{
    Clock, Cursor, GrantDirectory, GrantStore, NewRow, Pace, PageRequest, PollRecord, PortError,
    Replacement, Row, System,
};

/// A store in the memory of one process. Its grants are lost when the process ends.
///
/// It is a sharded map with a lock for each shard, held for one look-up. Every insertion
/// also deletes a few grants whose retention has passed, so that the used memory follows the rate of
/// requests even if nobody calls [`purge`](crate::DeviceGrants::purge).
///
/// ```
/// use device_grant::store::MemoryStore;
/// let store = MemoryStore::new();
/// assert!(store.is_empty());
/// ```
pub struct MemoryStore {
    clock: Arc<dyn Clock>,
    grants: Box<[Mutex<Shard>]>,
    user_codes: Box<[Mutex<Index>]>,
}

/// Both keys are digests already, so their first bytes are the hash.
type ByDigest<K, V> = HashMap<K, V, BuildHasherDefault<DigestHasher>>;
type Index = ByDigest<UserCodeDigest, GrantId>;

#[derive(Default)]
struct Shard {
    rows: ByDigest<GrantId, Kept>,
    /// For every row a time at which it is looked at, to be forgotten if it is due. The earliest is on top.
    forget: BinaryHeap<Reverse<(Timestamp, GrantId)>>,
}

struct Kept {
    row: Row,
    pace: Pace,
}

/// A power of two, so that the shard is told by a few bits.
const SHARDS: usize = 64;
/// The number of grants that an insertion may forget: more than it adds, so that the store shrinks again.
const FORGET_PER_INSERT: usize = 2;
/// Room for so many entries is not worth giving back.
const FEW: usize = 64;

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryStore {
    /// An empty store on the system's clock.
    #[must_use]
    pub fn new() -> Self {
        Self {
            clock: Arc::new(System),
            grants: (0..SHARDS).map(|_| Mutex::default()).collect(),
            user_codes: (0..SHARDS).map(|_| Mutex::default()).collect(),
        }
    }

    /// Sets the clock, for tests. Default: the system's.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Returns the number of stored grants, including expired ones.
    #[must_use]
    pub fn len(&self) -> usize {
        self.grants.iter().map(|shard| lock(shard).rows.len()).sum()
    }

    /// Returns true if it has no grants.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn shard(&self, id: &GrantId) -> Result<MutexGuard<'_, Shard>, PortError> {
        pick(&self.grants, id.as_bytes())
    }

    fn index(&self, code: &UserCodeDigest) -> Result<MutexGuard<'_, Index>, PortError> {
        pick(&self.user_codes, code.as_bytes())
    }

    /// Frees the user code, unless another grant has it by now.
    fn free(&self, row: &Row) -> Result<(), PortError> {
        let Some(code) = row.user_code else {
            return Ok(());
        };
        let mut index = self.index(&code)?;
        if let hash_map::Entry::Occupied(entry) = index.entry(code)
            && *entry.get() == row.id
        {
            entry.remove();
            shrink(&mut index);
        }
        Ok(())
    }

    /// Forgets up to `limit` grants of one shard.
    fn purge_shard(
        &self,
        shard: &mut Shard,
        now: Timestamp,
        limit: usize,
    ) -> Result<usize, PortError> {
        let mut forgotten = 0;
        while forgotten < limit {
            let Some(due) = shard.forget.peek_mut().filter(|due| due.0.0 <= now) else {
                break;
            };
            let Reverse((_, id)) = PeekMut::pop(due);
            let hash_map::Entry::Occupied(kept) = shard.rows.entry(id) else {
                continue;
            };
            let forget_at = kept.get().row.forget_at;
            if forget_at > now {
                // It was approved since, and is remembered for longer.
                shard.forget.push(Reverse((forget_at, id)));
                continue;
            }
            self.free(&kept.remove().row)?;
            forgotten += 1;
        }
        shard.shrink();
        Ok(forgotten)
    }
}

impl Shard {
    fn shrink(&mut self) {
        shrink(&mut self.rows);
        if is_sparse(self.forget.len(), self.forget.capacity()) {
            self.forget.shrink_to(self.forget.len() * 2);
        }
    }
}

#[async_trait]
impl GrantStore for MemoryStore {
    async fn insert(&self, new: &NewRow) -> Result<Option<Timestamp>, PortError> {
        let now = self.clock.now();
        let mut shard = self.shard(&new.id)?;
        self.purge_shard(&mut shard, now, FORGET_PER_INSERT)?;
        let Shard { rows, forget } = &mut *shard;
        let hash_map::Entry::Vacant(vacant) = rows.entry(new.id) else {
            return Ok(None);
        };
        if let Some(code) = new.user_code {
            match self.index(&code)?.entry(code) {
                hash_map::Entry::Occupied(_) => return Ok(None),
                hash_map::Entry::Vacant(entry) => _ = entry.insert(new.id),
            }
        }
        let row = new.at(now);
        forget.push(Reverse((row.forget_at, new.id)));
        let pace = new.pace;
        vacant.insert(Kept { row, pace });
        Ok(Some(now))
    }

    async fn find(&self, id: &GrantId) -> Result<Option<Row>, PortError> {
        let now = self.clock.now();
        Ok(self.shard(id)?.rows.get(id).map(|kept| kept.row.read(now)))
    }

    async fn find_by_user_code(&self, codes: &[UserCodeDigest]) -> Result<Vec<Row>, PortError> {
        let now = self.clock.now();
        let mut found: Vec<Row> = Vec::new();
        for code in codes {
            // The index is unlocked before the shard is locked: insertions lock in the other order.
            let id = self.index(code)?.get(code).copied();
            let is_new = |id: &GrantId| found.iter().all(|known| known.id != *id);
            if let Some(id) = id.filter(is_new)
                && let Some(kept) = self.shard(&id)?.rows.get(&id)
            {
                found.push(kept.row.read(now));
            }
        }
        Ok(found)
    }

    async fn replace(&self, replacement: &Replacement) -> Result<bool, PortError> {
        let id = replacement.id;
        let mut shard = self.shard(&id)?;
        let found = shard.rows.get_mut(&id);
        Ok(found.is_some_and(|kept| kept.row.apply(replacement)))
    }

    async fn record_poll(&self, poll: &PollRecord) -> Result<Option<Row>, PortError> {
        let now = self.clock.now();
        let mut shard = self.shard(&poll.id)?;
        let Some(kept) = shard.rows.get_mut(&poll.id) else {
            return Ok(None);
        };
        Ok(Some(kept.row.polled(&mut kept.pace, poll, now)))
    }

    async fn now(&self) -> Result<Timestamp, PortError> {
        Ok(self.clock.now())
    }

    async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        let now = self.clock.now();
        let mut left = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut forgotten = 0;
        for shard in &self.grants {
            let purged = self.purge_shard(&mut lock(shard), now, left)?;
            left -= purged;
            forgotten += u64::try_from(purged).unwrap_or(u64::MAX);
        }
        Ok(forgotten)
    }

    async fn check(&self) -> Result<Vec<String>, PortError> {
        Ok(Vec::new())
    }
}

/// It looks at every grant that it holds, a shard at a time.
#[async_trait]
impl GrantDirectory for MemoryStore {
    async fn list(&self, page: &PageRequest) -> Result<Vec<Row>, PortError> {
        let now = self.clock.now();
        let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let mut listed = BTreeMap::new();
        for shard in &self.grants {
            for kept in lock(shard).rows.values() {
                if !page.includes(&kept.row) {
                    continue;
                }
                listed.insert(Reverse(Cursor::at(&kept.row)), kept.row.read(now));
                if listed.len() > limit {
                    listed.pop_last();
                }
            }
        }
        Ok(listed.into_values().collect())
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("grants", &self.len())
            .finish()
    }
}

/// Gives back what a burst took, once little of it is in use; to be rare, it leaves room for twice as many.
fn shrink<K: Eq + Hash, V>(map: &mut ByDigest<K, V>) {
    if is_sparse(map.len(), map.capacity()) {
        map.shrink_to(map.len() * 2);
    }
}

fn is_sparse(length: usize, capacity: usize) -> bool {
    capacity > FEW && length < capacity / 8
}

fn pick<'a, T>(shards: &'a [Mutex<T>], digest: &[u8]) -> Result<MutexGuard<'a, T>, PortError> {
    // The first bytes are the hash inside a shard; the last one picks the shard.
    let last = digest.last().copied().unwrap_or_default();
    let shard = shards.get(usize::from(last) % SHARDS);
    shard
        .map(lock)
        .ok_or_else(|| PortError::broken("a shard is missing"))
}

/// Locks, poisoned or not: nothing panics between the steps of a change.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Default)]
struct DigestHasher(u64);

impl Hasher for DigestHasher {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            self.0 = u64::from_le_bytes(*first);
        }
    }

    fn write_usize(&mut self, _length_prefix: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}
