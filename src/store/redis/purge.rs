use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64ct::{Base64UrlUnpadded, Encoding};
use futures_util::future::try_join_all;

use super::{RedisStore, row, scripts};
use crate::code::{GrantId, UserCodeDigest};
use crate::grant::Timestamp;
use crate::redis_client::{Failure, Node, Reply};

/// The place at which the last purge ended, on each master.
#[derive(Default)]
pub(super) struct Cursors(Mutex<HashMap<Node, u64>>);

impl Cursors {
    fn get(&self, node: &Node) -> u64 {
        self.lock().get(node).copied().unwrap_or(0)
    }

    fn set(&self, node: &Node, cursor: u64) {
        self.lock().insert(node.clone(), cursor);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Node, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The number of keys that one step looks at: few enough not to hold the server up.
const KEYS_PER_STEP: u32 = 1_000;
/// The number of steps after which a purge leaves the rest to the next one.
const STEPS: usize = 10;

impl RedisStore {
    /// Walks on through the keys, from where the last purge ended.
    pub(super) async fn forget(&self, limit: u32) -> Result<u64, Failure> {
        let mut left = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut forgotten = 0;
        if left > 0 {
            for (node, time) in self.connection.send_to_masters(&redis::cmd("TIME")).await? {
                // The time of the master that has the keys, and that judges them once more when it deletes.
                let now = match &self.clock {
                    Some(clock) => clock.now(),
                    None => time_of(time)?,
                };
                let here = self.forget_on(&node, now, left).await?;
                left -= here;
                forgotten += u64::try_from(here).unwrap_or(u64::MAX);
            }
        }
        Ok(forgotten)
    }

    /// Walks through the keys of one master. By the server's clock keys expire, and the walk finds only keys that have lost their
    /// time to live, so a few steps in a call are enough. By the clock of a test no key expires. So a call that finds nothing
    /// must have seen every key, from the beginning to the end.
    async fn forget_on(&self, node: &Node, now: Timestamp, limit: usize) -> Result<usize, Failure> {
        let mut cursor = self.cursors.get(node);
        let mut from_the_beginning = cursor == 0;
        let keys_expire = self.clock.is_none();
        let (mut forgotten, mut steps) = (0, 0);
        while steps < STEPS || (forgotten == 0 && !keys_expire) {
            let (next, keys) = self.keys(node, cursor).await?;
            forgotten += self.forget_due(&keys, now, limit - forgotten).await?;
            if forgotten == limit {
                // The cursor stays, because there may be more among these keys.
                break;
            }
            // Noted at each step: the call may be dropped, and the next one would walk the same keys again.
            cursor = next;
            self.cursors.set(node, cursor);
            // A walk that began in the middle has not seen the keys before it when it first arrives at the end.
            if cursor == 0 && std::mem::replace(&mut from_the_beginning, true) {
                break;
            }
            steps += 1;
        }
        Ok(forgotten)
    }

    /// Returns some keys of grants on this node, and the cursor at which to continue.
    async fn keys(&self, node: &Node, cursor: u64) -> Result<(u64, Vec<String>), Failure> {
        let mut scan = redis::cmd("SCAN");
        let pattern = format!("{}*", self.grant_prefix());
        scan.arg(cursor)
            .arg("MATCH")
            .arg(pattern)
            .arg("COUNT")
            .arg(KEYS_PER_STEP);
        let answer = self.connection.send_to(node, &scan).await?;
        let (next, keys): (u64, Vec<Vec<u8>>) =
            redis::from_redis_value(answer).map_err(|_| Failure::UnexpectedReply)?;
        // Names of grants are ASCII: any other key with the prefix is somebody else's.
        Ok((
            next,
            keys.into_iter()
                .filter_map(|key| String::from_utf8(key).ok())
                .collect(),
        ))
    }

    async fn forget_due(
        &self,
        keys: &[String],
        now: Timestamp,
        limit: usize,
    ) -> Result<usize, Failure> {
        // A first look by a plain read, which may go to a replica: the script that deletes looks again.
        let forget_at = try_join_all(keys.iter().map(|key| self.forget_at(key))).await?;
        let due = keys
            .iter()
            .zip(forget_at)
            .filter(|(_, at)| at.is_some_and(|at| at <= now));
        let gone = try_join_all(due.take(limit).map(|(key, _)| self.forget_one(key))).await?;
        Ok(gone.into_iter().filter(|is_gone| *is_gone).count())
    }

    /// Looks at a few keys of each server, as a purge does.
    pub(super) async fn try_scan(&self) -> Result<(), Failure> {
        let mut scan = redis::cmd("SCAN");
        scan.arg(0).arg("COUNT").arg(1);
        self.connection.send_to_masters(&scan).await?;
        Ok(())
    }

    pub(super) async fn forget_at(&self, key: &str) -> Result<Option<Timestamp>, Failure> {
        let mut range = redis::cmd("GETRANGE");
        range.arg(key).arg(0).arg(row::FORGET_AT + 7);
        let head = match self.connection.send(&range).await {
            // Somebody else's key, which would stop each purge at this place.
            Err(Failure::ForeignKey(_)) => return Ok(None),
            head => Reply::bytes(head?)?,
        };
        Ok(head.and_then(|head| row::forget_at(&head)))
    }

    async fn forget_one(&self, key: &str) -> Result<bool, Failure> {
        let (keys, arguments) = ([key.to_owned()], [&self.time()[..]]);
        let forgotten = scripts::FORGET
            .run(&self.connection, &keys, &arguments)
            .await?;
        let Some(code) = Reply::bytes(forgotten)? else {
            return Ok(false);
        };
        if let (Ok(code), Some(id)) = (code.try_into(), self.id_of(key)) {
            // After its grant: a crash in between leaves a code that is taken until it expires.
            let code = self.user_code_key(&UserCodeDigest::from_bytes(code));
            self.release(code, id.as_bytes()).await?;
        }
        Ok(true)
    }

    fn id_of(&self, key: &str) -> Option<GrantId> {
        let mut id = [0; 16];
        let name = key.strip_prefix(&self.grant_prefix())?;
        let read = Base64UrlUnpadded::decode(name, &mut id).ok()?.len();
        (read == id.len()).then(|| GrantId::from_bytes(id))
    }
}

/// Reads the answer to `TIME`.
fn time_of(answer: redis::Value) -> Result<Timestamp, Failure> {
    let (seconds, micros): (i64, i64) =
        redis::from_redis_value(answer).map_err(|_| Failure::UnexpectedReply)?;
    let seconds = seconds.saturating_mul(1_000_000);
    Ok(Timestamp::from_micros(seconds.saturating_add(micros)))
}
