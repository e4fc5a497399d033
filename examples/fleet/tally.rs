use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use device_grant::grant::Timestamp;
use device_grant::host::{Event, EventKind};

/// The length of a bucket: peaks are those of ten seconds.
pub(crate) const BUCKET: Duration = Duration::from_secs(10);

/// Counts what happens. Clones count together.
#[derive(Clone, Default)]
pub(crate) struct Tally(Arc<Mutex<Counts>>);

/// All that was counted. One device counts as one, whatever it stands for.
#[derive(Clone, Default)]
pub(crate) struct Counts {
    pub(crate) buckets: Vec<Bucket>,
    /// A bucket beyond all others, which is never read.
    nowhere: Bucket,
    /// The codes of each length.
    pub(crate) lengths: BTreeMap<usize, u64>,
    pub(crate) signed_in: u64,
    pub(crate) denied: u64,
    /// The devices whose codes expired, and those that were turned off.
    pub(crate) expired: u64,
    /// The devices that got no codes in the end.
    pub(crate) without_codes: u64,
    /// The people who were told to enter their code later.
    pub(crate) turned_away: u64,
    /// The requests of the devices that signed in.
    pub(crate) requests: u64,
    /// From the approval to the tokens at the device, in milliseconds.
    pub(crate) after_approval: Vec<u32>,
    /// The time for which all codes were live together.
    pub(crate) live: Duration,
}

/// Ten seconds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bucket {
    pub(crate) starts: u32,
    pub(crate) codes: u32,
    /// The requests for codes that were refused.
    pub(crate) refused: u32,
    pub(crate) polls: u32,
    pub(crate) slowed: u32,
    pub(crate) tokens: u32,
    /// Calls of the store that write a poll.
    pub(crate) recorded: u32,
    /// Calls of the store that insert or replace a grant.
    pub(crate) written: u32,
    /// Calls of the store that only read.
    pub(crate) read: u32,
    /// Calls of the limiter.
    pub(crate) charged: u32,
    /// At the end of the bucket.
    pub(crate) live: u32,
    pub(crate) waiting: u32,
    pub(crate) rows: u32,
    /// The longest code that was issued.
    pub(crate) longest: usize,
}

impl Bucket {
    /// All calls of store and limiter: a statement each, on the databases.
    pub(crate) fn statements(&self) -> u32 {
        self.recorded + self.written + self.read + self.charged
    }
}

impl Tally {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts what the crate tells.
    pub(crate) fn observer(&self) -> impl Fn(&Event) + Send + Sync + 'static {
        let tally = self.clone();
        move |event| {
            let mut counts = tally.lock();
            let at = event.at.duration_until(Timestamp::from_micros(0));
            counts.observe(&event.kind, at);
        }
    }
}

impl Counts {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "most kinds are not counted, and there will be more of them"
    )]
    fn observe(&mut self, kind: &EventKind, at: Duration) {
        match kind {
            EventKind::Authorized { length, .. } => {
                *self.lengths.entry(*length).or_default() += 1;
                let bucket = self.bucket(at);
                bucket.codes += 1;
                bucket.longest = bucket.longest.max(*length);
            }
            EventKind::SlowedDown => self.bucket(at).slowed += 1,
            EventKind::Redeemed => self.bucket(at).tokens += 1,
            EventKind::PortCalled { operation, .. } => {
                let bucket = self.bucket(at);
                match *operation {
                    "record_poll" => bucket.recorded += 1,
                    "insert" | "replace" => bucket.written += 1,
                    "find" | "find_by_user_code" => bucket.read += 1,
                    "charge" => bucket.charged += 1,
                    _ => {}
                }
            }
            _ => {}
        }
    }

    pub(crate) fn bucket(&mut self, at: Duration) -> &mut Bucket {
        let index = usize::try_from(at.as_secs() / BUCKET.as_secs()).unwrap_or_default();
        if self.buckets.len() <= index {
            self.buckets.resize(index + 1, Bucket::default());
        }
        self.buckets.get_mut(index).unwrap_or(&mut self.nowhere)
    }
}
