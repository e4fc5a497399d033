mod kept;

use std::cmp::Reverse;
use std::collections::binary_heap::PeekMut;
use std::collections::{BTreeMap, BinaryHeap, HashSet};
use std::fmt;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::{Arc, PoisonError};

use async_trait::async_trait;

use self::kept::{ById, ByUserCode, Due, Kept};
use crate::code::{GrantId, UserCodeDigest};
use crate::grant::Timestamp;
use crate::host::{
    Clock, Cursor, GrantDirectory, GrantStore, NewRow, PageRequest, PollRecord, PortError,
    Replacement, Row, System,
};
use crate::sync::{Mutex, MutexGuard};

/// A store in the memory of one process. Its grants are lost when the process ends.
///
/// It is sharded, with a lock for each shard, held for one look-up. Every insertion
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

/// Sets of digests, whose first bytes are the hash. Nobody can choose them to collide: a device code is drawn at
/// random, and a user code is hashed under a key.
type Digested<T> = HashSet<T, BuildHasherDefault<DigestHasher>>;
type Index = Digested<ByUserCode>;

#[derive(Default)]
struct Shard {
    rows: Digested<ById>,
    /// One entry for every row, with its `forget_at` at the insertion or an earlier one than now. A replacement that puts it
    /// off would have to search the heap, so a purge looks at the row again.
    forget: BinaryHeap<Due>,
}

/// A power of two, so that each shard gets as many of the 256 values of a byte.
const SHARDS: usize = 64;
/// The number of grants that an insertion may forget: more than it adds, so that the store shrinks again.
const FORGET_PER_INSERT: usize = 2;
/// The number of grants that a purge forgets under one lock: a fraction of a millisecond.
const FORGET_PER_LOCK: usize = 256;
/// The largest capacity of a set that is not given back: too little to be worth it.
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

    /// Frees the user code. No other grant has it meanwhile: an insertion would have been refused.
    fn free(&self, grant: &Kept) -> Result<(), PortError> {
        if let Some(code) = &grant.user_code {
            let mut index = self.index(code)?;
            index.remove(&grant.user_code);
            shrink(&mut index);
        }
        Ok(())
    }

    /// Looks at up to `most` grants of one shard that are due, and forgets those whose time was not put off. Returns
    /// the number of forgotten ones.
    fn purge_shard(
        &self,
        shard: &mut Shard,
        now: Timestamp,
        most: usize,
    ) -> Result<usize, PortError> {
        let mut forgotten = 0;
        for _ in 0..most {
            let Some(due) = shard.forget.peek_mut().filter(|due| due.at <= now) else {
                break;
            };
            // Replacements hold the lock of the shard, so `forget_at` cannot be put off between this look and the
            // removal.
            let Due { grant, .. } = PeekMut::pop(due);
            let at = grant.forget_at();
            if at > now {
                // It was approved since, and is remembered for longer.
                shard.forget.push(Due { at, grant });
                continue;
            }
            shard.rows.remove(&grant.id);
            self.free(&grant)?;
            forgotten += 1;
        }
        shard.shrink();
        Ok(forgotten)
    }
}

impl Shard {
    fn has_due(&self, now: Timestamp) -> bool {
        self.forget.peek().is_some_and(|due| due.at <= now)
    }

    /// Moves the entry of a grant that is forgotten sooner than before. This searches the heap: only the erasure of personal
    /// data does it, and a shorter retention.
    fn bring_forward(&mut self, grant: Arc<Kept>) {
        self.forget.retain(|due| !Arc::ptr_eq(&due.grant, &grant));
        let at = grant.forget_at();
        self.forget.push(Due { at, grant });
    }

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
        let row = new.at(now);
        let at = row.forget_at;
        let grant = Arc::new(Kept::new(row, new.pace));
        let mut shard = self.shard(&grant.id)?;
        // Each insertion pays for its own clearing up, so that a server without a purge task does not grow without bound.
        self.purge_shard(&mut shard, now, FORGET_PER_INSERT)?;
        // Under the lock of the shard, so no call sees the id before its user code is known to be free.
        if !shard.rows.insert(ById(Arc::clone(&grant))) {
            return Ok(None);
        }
        if let Some(code) = &grant.user_code {
            // Under the lock of the shard. Locks are always taken in this order, shard before index, so that no two calls
            // wait for each other.
            let is_free = self.index(code)?.insert(ByUserCode(Arc::clone(&grant)));
            if !is_free {
                shard.rows.remove(&grant.id);
                return Ok(None);
            }
        }
        shard.forget.push(Due { at, grant });
        Ok(Some(now))
    }

    async fn find(&self, id: &GrantId) -> Result<Option<Row>, PortError> {
        let now = self.clock.now();
        let shard = self.shard(id)?;
        Ok(shard.rows.get(id).map(|ById(grant)| grant.read(now)))
    }

    async fn find_by_user_code(&self, codes: &[UserCodeDigest]) -> Result<Vec<Row>, PortError> {
        let now = self.clock.now();
        let mut found: Vec<Row> = Vec::new();
        for code in codes {
            let index = self.index(code)?;
            let grant = index.get(&Some(*code)).map(|ByUserCode(grant)| grant);
            // The caller may name one digest twice, and treats two live rows as none.
            let is_new = |grant: &&Arc<Kept>| found.iter().all(|known| known.id != grant.id);
            if let Some(grant) = grant.filter(is_new) {
                found.push(grant.read(now));
            }
        }
        Ok(found)
    }

    async fn replace(&self, replacement: &Replacement) -> Result<bool, PortError> {
        let mut shard = self.shard(&replacement.id)?;
        // Nothing is inserted, so a late approval cannot bring back a grant that was forgotten.
        let Some(ById(grant)) = shard.rows.get(&replacement.id) else {
            return Ok(false);
        };
        let replaced = grant.replace(replacement);
        if replaced.is_some_and(|forget_at| replacement.forget_at < forget_at) {
            let grant = Arc::clone(grant);
            shard.bring_forward(grant);
        }
        Ok(replaced.is_some())
    }

    async fn record_poll(&self, poll: &PollRecord) -> Result<Option<Row>, PortError> {
        let now = self.clock.now();
        let shard = self.shard(&poll.id)?;
        let found = shard.rows.get(&poll.id);
        Ok(found.map(|ById(grant)| grant.polled(poll, now)))
    }

    async fn now(&self) -> Result<Timestamp, PortError> {
        Ok(self.clock.now())
    }

    /// Works on the shards in turns. While it works on the others, calls that wait for a shard get its lock.
    async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        let now = self.clock.now();
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut left = limit;
        let mut busy: Vec<_> = self.grants.iter().collect();
        while left > 0 && !busy.is_empty() {
            for shard in std::mem::take(&mut busy) {
                let mut locked = lock(shard);
                left -= self.purge_shard(&mut locked, now, FORGET_PER_LOCK.min(left))?;
                if locked.has_due(now) {
                    busy.push(shard);
                }
            }
        }
        Ok(u64::try_from(limit - left).unwrap_or(u64::MAX))
    }

    async fn check(&self) -> Result<Vec<String>, PortError> {
        Ok(Vec::new())
    }
}

/// A page costs a look at every grant, a shard at a time.
#[async_trait]
impl GrantDirectory for MemoryStore {
    async fn list(&self, page: &PageRequest) -> Result<Vec<Row>, PortError> {
        let now = self.clock.now();
        let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let mut listed = BTreeMap::new();
        for shard in &self.grants {
            for ById(grant) in &lock(shard).rows {
                let row = grant.read(now);
                if !page.includes(&row) {
                    continue;
                }
                listed.insert(Reverse(Cursor::at(&row)), row);
                // Cut at each step: a client may have millions of grants, and a page holds a few.
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

/// Gives back the room that a burst took, once less than an eighth of it is in use. It leaves room for twice as many,
/// so that it happens rarely.
fn shrink<T: Eq + Hash>(set: &mut Digested<T>) {
    if is_sparse(set.len(), set.capacity()) {
        set.shrink_to(set.len() * 2);
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

    // An array writes its length and an `Option` its discriminant this way. Neither tells two digests apart.
    fn write_usize(&mut self, _length_prefix: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}
