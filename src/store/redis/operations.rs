use std::time::Duration;

use redis::Value;

use super::{RedisStore, row, scripts};
use crate::code::{GrantId, UserCodeDigest};
use crate::grant::Timestamp;
use crate::host::{Cursor, GrantsOf, NewRow, Paced, Replacement, Row};
use crate::redis_client::{Failure, Reply, Unreadable};

/// The time after its grant for which a user code stays taken, and an entry of an index is kept. They may be on other servers of
/// a Cluster. The clocks of those differ by less, so no grant is ever without its code and its entries.
pub(super) const INDEX_OUTLIVES: Duration = Duration::from_secs(60);

impl RedisStore {
    /// Tries each command that operations use, on a key that no grant has.
    pub(super) async fn try_out(&self) -> Result<(), Failure> {
        let key = format!("{}check", self.prefix);
        let is_indexed: &[u8] = if self.is_indexed { b"1" } else { b"" };
        let (keys, arguments) = ([key.clone()], [is_indexed]);
        scripts::PROBE
            .run(&self.connection, &keys, &arguments)
            .await?;
        if let Some(decisions) = &self.decisions {
            scripts::PROBE
                .run_and_wait(&decisions.connection, &keys, &arguments, decisions.replicas)
                .await?;
        }
        // Outside of scripts; it expires even if this call is dropped before it deletes the key.
        self.set_once(&key, b"check", Duration::from_secs(1))
            .await?;
        self.forget_at(&key).await?;
        self.release(key, b"check").await?;
        self.try_scan().await
    }

    /// Deletes a key that has this value.
    pub(super) async fn release(&self, key: String, value: &[u8]) -> Result<(), Failure> {
        let release = &scripts::RELEASE;
        release.run(&self.connection, &[key], &[value]).await?;
        Ok(())
    }

    /// Sets a key that is not there.
    async fn set_once(&self, key: &str, value: &[u8], ttl: Duration) -> Result<bool, Failure> {
        let mut set = redis::cmd("SET");
        set.arg(key).arg(value).arg("NX").arg("PX").arg(millis(ttl));
        Ok(self.connection.send(&set).await? == Value::Okay)
    }

    /// Keeps a key that has this value, or no value, for at least this time.
    async fn keep(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), Failure> {
        let (keys, millis) = ([key.to_owned()], millis(ttl).to_string());
        let arguments = [value, millis.as_bytes()];
        scripts::KEEP
            .run(&self.connection, &keys, &arguments)
            .await?;
        Ok(())
    }

    pub(super) async fn insert_row(&self, new: &NewRow) -> Result<Option<Timestamp>, Failure> {
        let inserted = self.insert_with_code(new).await?;
        if let Some(at) = inserted.filter(|_| self.is_indexed) {
            let row = new.at(at);
            let client = GrantsOf::Client(row.client_id.clone());
            self.note_inserted(Cursor::at(&row), &row.issuer, &client, row.forget_at)
                .await?;
        }
        Ok(inserted)
    }

    async fn insert_with_code(&self, new: &NewRow) -> Result<Option<Timestamp>, Failure> {
        let Some(code) = &new.user_code else {
            return self.insert_grant(new).await;
        };
        let code_key = self.user_code_key(code);
        // The code first: a crash between the two leaves a code without a grant, and never a grant without its code. The
        // connection of a Cluster repeats a command after a lost reply, and then finds its own value here. Then another code is
        // drawn, and this one expires.
        let remembered = new.lifetime.saturating_add(new.retention);
        let longer = remembered.saturating_add(INDEX_OUTLIVES);
        if !self.set_once(&code_key, new.id.as_bytes(), longer).await? {
            return Ok(None);
        }
        let inserted = self.insert_grant(new).await;
        if !matches!(inserted, Ok(Some(_))) {
            // A failure is ignored: nobody knows a code without a grant, and it expires.
            let _ = self.release(code_key, new.id.as_bytes()).await;
        }
        inserted
    }

    async fn insert_grant(&self, new: &NewRow) -> Result<Option<Timestamp>, Failure> {
        let [head, rest, durations] = row::new(new);
        let arguments: [&[u8]; 4] = [&self.time(), &head, &rest, &durations];
        let keys = [self.grant_key(&new.id)];
        let inserted = scripts::INSERT.run(&self.connection, &keys, &arguments);
        let at = inserted.await?;
        if at == Value::Nil {
            return Ok(None);
        }
        Ok(Some(time(at)?))
    }

    async fn value(&self, key: String) -> Result<Option<(Vec<u8>, Timestamp)>, Failure> {
        let arguments: [&[u8]; 1] = [&self.time()];
        value(
            scripts::FIND
                .run(&self.connection, &[key], &arguments)
                .await?,
        )
    }

    async fn row(&self, id: GrantId) -> Result<Option<Row>, Failure> {
        let found = self.value(self.grant_key(&id)).await?;
        let row = found.map(|(row, read_at)| row::read(id, &row, read_at));
        Ok(row.transpose()?)
    }

    /// Reads a row, and waits until enough replicas have it if it is decided.
    pub(super) async fn confirmed_row(&self, id: GrantId) -> Result<Option<Row>, Failure> {
        match self.row(id).await? {
            Some(found) => self.confirmed(found).await,
            None => Ok(None),
        }
    }

    /// Reads a decided row again, with a wait for replicas. Returns any other row as it is.
    pub(super) async fn confirmed(&self, found: Row) -> Result<Option<Row>, Failure> {
        // A failover that loses an undecided grant loses no decision, so reading it waits for no replica.
        let is_decided = found.subject.is_some() || !found.is_pending;
        let Some(decisions) = self.decisions.as_ref().filter(|_| is_decided) else {
            return Ok(Some(found));
        };
        let id = found.id;
        let (keys, arguments) = ([self.grant_key(&id)], [&self.time()[..]]);
        // A failover may still undo the decision, so this waits until the replicas have it.
        let confirmed = scripts::CONFIRM
            .run_and_wait(&decisions.connection, &keys, &arguments, decisions.replicas)
            .await?;
        let row = value(confirmed)?.map(|(row, read_at)| row::read(id, &row, read_at));
        Ok(row.transpose()?)
    }

    pub(super) async fn row_by_user_code(
        &self,
        code: &UserCodeDigest,
    ) -> Result<Option<Row>, Failure> {
        let Some((id, _)) = self.value(self.user_code_key(code)).await? else {
            return Ok(None);
        };
        let id = <[u8; 16]>::try_from(id).map_err(|_| Unreadable::Damaged)?;
        let found = self.row(GrantId::from_bytes(id)).await?;
        // The key may outlive its grant: only the grant itself says which code it has.
        Ok(found.filter(|found| found.user_code.as_ref() == Some(code)))
    }

    /// Replaces a row. If it is to be remembered for longer, its user code and its entries in the indexes are kept for longer first.
    /// A crash between the two leaves a code that is taken for too long, or an entry without an approval. It never leaves an
    /// approval without its entry, or a code that is drawn again while its grant is remembered.
    pub(super) async fn replace_row(&self, next: &Replacement) -> Result<bool, Failure> {
        let expected = next.expected.to_be_bytes();
        let [revision, flags, forget_at, tail] = row::replaced(next);
        let is_indexed: &[u8] = if self.is_indexed { b"1" } else { b"" };
        let mut kept_until: &[u8] = &[];
        loop {
            let now = self.time();
            let arguments: [&[u8]; 8] = [
                &now, &expected, &revision, &flags, &forget_at, &tail, kept_until, is_indexed,
            ];
            let reply = self.replace_by(next, &arguments).await?;
            if let Value::Int(outcome) = reply {
                return match outcome {
                    1 => Ok(true),
                    0 => Ok(false),
                    -1 => Err(Unreadable::Newer.into()),
                    _ => Err(Failure::UnexpectedReply),
                };
            }
            // The script asks for this once at most. With the time for which the code is kept, it has to write or refuse.
            if !kept_until.is_empty() {
                return Err(Failure::UnexpectedReply);
            }
            let (row, now) = value(reply)?.ok_or(Failure::UnexpectedReply)?;
            let row = row::read(next.id, &row, now)?;
            if self.is_indexed {
                self.note_replaced(next, &row).await?;
            }
            self.keep_user_code(next, &row).await?;
            kept_until = &forget_at;
        }
    }

    /// Keeps the user code of a row for the time that the replacement says, and a margin.
    async fn keep_user_code(&self, next: &Replacement, row: &Row) -> Result<(), Failure> {
        let Some(code) = row.user_code.filter(|_| next.forget_at > row.forget_at) else {
            return Ok(());
        };
        let ttl = next.forget_at.duration_until(row.read_at);
        let longer = ttl.saturating_add(INDEX_OUTLIVES);
        let key = self.user_code_key(&code);
        self.keep(&key, next.id.as_bytes(), longer).await
    }

    /// Runs the script, and for a decision waits until replicas have it.
    async fn replace_by(&self, next: &Replacement, arguments: &[&[u8]]) -> Result<Value, Failure> {
        let (keys, script) = ([self.grant_key(&next.id)], &*scripts::REPLACE);
        match &self.decisions {
            // A claim of a review waits for no replica: if a failover loses it, the end user enters the code again.
            Some(decisions) if next.subject.is_some() || !next.is_pending => {
                script
                    .run_and_wait(&decisions.connection, &keys, arguments, decisions.replicas)
                    .await
            }
            Some(_) | None => script.run(&self.connection, &keys, arguments).await,
        }
    }

    pub(super) async fn server_time(&self) -> Result<Timestamp, Failure> {
        let arguments: [&[u8]; 1] = [&self.time()];
        // The script reads no key. This one routes it in a Cluster, always to the same master.
        let keys = [self.grant_prefix()];
        time(
            scripts::NOW
                .run(&self.connection, &keys, &arguments)
                .await?,
        )
    }

    /// Returns the time that is passed to scripts. It is empty unless a test has set a clock, so that they use that of the server.
    pub(super) fn time(&self) -> Vec<u8> {
        let clock = self.clock.as_ref();
        clock.map_or_else(Vec::new, |clock| row::time(clock.now()).into())
    }
}

/// A time to live as Redis takes it: more than 0, and little enough to be added to a time.
fn millis(ttl: Duration) -> i64 {
    i64::try_from(ttl.as_millis())
        .unwrap_or(i64::MAX)
        .clamp(1, i64::MAX / 2)
}

/// A value and the time.
fn value(reply: Value) -> Result<Option<(Vec<u8>, Timestamp)>, Failure> {
    if reply == Value::Nil {
        return Ok(None);
    }
    let [value, now] = Reply::array(reply)?;
    let value = Reply::bytes(value)?.ok_or(Failure::UnexpectedReply)?;
    Ok(Some((value, time(now)?)))
}

pub(super) fn time(reply: Value) -> Result<Timestamp, Failure> {
    let bytes = Reply::bytes(reply)?.and_then(|bytes| bytes.try_into().ok());
    bytes.map(row::read_time).ok_or(Failure::UnexpectedReply)
}

pub(super) fn paced_of(paced: i64, told: i64) -> Result<Option<Paced>, Failure> {
    Ok(match paced {
        0 => None,
        1 => Some(Paced::Accepted),
        2 => Some(Paced::Twin),
        3 => {
            let interval = u32::try_from(told).map_err(|_| Failure::UnexpectedReply)?;
            Some(Paced::SlowDown { interval })
        }
        _ => return Err(Failure::UnexpectedReply),
    })
}
