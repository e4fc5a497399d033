use std::sync::LazyLock;
use std::time::Duration;

use redis::Value;

use super::{Decisions, RedisStore, row};
use crate::code::{GrantId, UserCodeDigest};
use crate::grant::{Holder, Paced, Pacing, Revision, State, Stored, Timestamp};
use crate::host::{Insertion, Polled, Replaced};
use crate::redis_client::{Failure, Reply, Script, Unreadable};

static FIND: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("find.lua")));
static CONFIRM: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("confirm.lua")));
static RELEASE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("release.lua")));
static REPLACE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("replace.lua")));
static RECORD_POLL: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("record_poll.lua")));

/// How much longer than its grant a user code is taken. No clock of a node in a Cluster is that far off.
const INDEX_OUTLIVES: Duration = Duration::from_secs(60);

impl RedisStore {
    /// Writes and removes a key that no grant has.
    pub(super) async fn try_out(&self) -> Result<(), Failure> {
        let key = format!("{}check", self.prefix);
        self.set_once(&key, b"check", Duration::from_secs(1))
            .await?;
        self.release(key, b"check").await
    }

    /// Deletes a key that has this value.
    pub(super) async fn release(&self, key: String, value: &[u8]) -> Result<(), Failure> {
        RELEASE.run(&self.connection, &[key], &[value]).await?;
        Ok(())
    }

    /// Sets a key that is not there.
    async fn set_once(&self, key: &str, value: &[u8], ttl: Duration) -> Result<bool, Failure> {
        let millis = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX);
        let mut set = redis::cmd("SET");
        set.arg(key)
            .arg(value)
            .arg("NX")
            .arg("PX")
            .arg(millis.max(1));
        Ok(self.connection.send(&set).await? == Value::Okay)
    }

    pub(super) async fn insert_row(&self, new: &Stored) -> Result<Insertion, Failure> {
        let facts = new.grant.facts();
        let grant_key = self.grant_key(&facts.id);
        // Relative, so that neither the caller's clock nor the server's, set back, forgets a grant early.
        let ttl = facts.forget_at.duration_until(facts.issued_at);
        let Some(code) = &facts.user_code else {
            let is_new = self.set_once(&grant_key, &row::new(new), ttl).await?;
            return Ok(insertion(is_new));
        };
        let code_key = self.user_code_key(code);
        // The code first: a crash in between leaves a code that leads nowhere, and never a grant without its code.
        let longer = ttl.saturating_add(INDEX_OUTLIVES);
        if !self
            .set_once(&code_key, facts.id.as_bytes(), longer)
            .await?
        {
            return Ok(Insertion::Taken);
        }
        let inserted = self.set_once(&grant_key, &row::new(new), ttl).await;
        if matches!(inserted, Ok(true)) {
            return Ok(Insertion::Inserted);
        }
        // Best effort: a code that leads nowhere harms nobody, and goes by itself.
        let _ = self.release(code_key, facts.id.as_bytes()).await;
        inserted.map(insertion)
    }

    async fn value(&self, key: String) -> Result<Option<Vec<u8>>, Failure> {
        Reply::bytes(FIND.run(&self.connection, &[key], &[]).await?)
    }

    async fn row(&self, id: GrantId) -> Result<Option<Stored>, Failure> {
        let row = self.value(self.grant_key(&id)).await?;
        Ok(row.map(|row| row::read(id, &row)).transpose()?)
    }

    /// Reads a decision only once enough replicas have it.
    pub(super) async fn confirmed_row(&self, id: GrantId) -> Result<Option<Stored>, Failure> {
        let found = self.row(id).await?;
        let Some(decisions) = &self.decisions else {
            return Ok(found);
        };
        if !found.as_ref().is_some_and(is_decided) {
            return Ok(found);
        }
        let key = self.grant_key(&id);
        let row = CONFIRM
            .run_and_wait(&decisions.connection, &key, &[], decisions.replicas)
            .await?;
        Ok(Reply::bytes(row)?
            .map(|row| row::read(id, &row))
            .transpose()?)
    }

    pub(super) async fn row_by_user_code(
        &self,
        code: &UserCodeDigest,
    ) -> Result<Option<Stored>, Failure> {
        let Some(id) = self.value(self.user_code_key(code)).await? else {
            return Ok(None);
        };
        let id = <[u8; 16]>::try_from(id).map_err(|_| Unreadable::Damaged)?;
        let found = self.row(GrantId::from_bytes(id)).await?;
        Ok(found.filter(|found| found.grant.facts().user_code.as_ref() == Some(code)))
    }

    pub(super) async fn replace_row(
        &self,
        expected: Revision,
        next: &Stored,
    ) -> Result<Replaced, Failure> {
        let key = self.grant_key(&next.grant.id());
        let (expected, tail) = (row::revision(expected), row::tail(next));
        let arguments: [&[u8]; 2] = [&expected, &tail];
        let reply = match &self.decisions {
            Some(Decisions {
                connection,
                replicas,
            }) if is_decided(next) => {
                REPLACE
                    .run_and_wait(connection, &key, &arguments, *replicas)
                    .await?
            }
            Some(_) | None => REPLACE.run(&self.connection, &[key], &arguments).await?,
        };
        match Reply::int(&reply)? {
            1 => Ok(Replaced::Won),
            0 => Ok(Replaced::Lost),
            -1 => Err(Unreadable::Newer.into()),
            _ => Err(Failure::UnexpectedReply),
        }
    }

    pub(super) async fn polled_row(
        &self,
        id: GrantId,
        holder: &Holder,
        now: Timestamp,
        pacing: &Pacing,
    ) -> Result<Option<Polled>, Failure> {
        let arguments: [&[u8]; 5] = [
            &row::time(now),
            &skew(pacing).to_be_bytes(),
            holder.client_id.as_str().as_bytes(),
            holder
                .key_thumbprint
                .as_ref()
                .map_or(&[], |key| key.as_bytes()),
            holder
                .pkce_challenge
                .as_ref()
                .map_or(&[], |challenge| challenge.as_bytes()),
        ];
        let reply = RECORD_POLL
            .run(&self.connection, &[self.grant_key(&id)], &arguments)
            .await?;
        if reply == Value::Nil {
            return Ok(None);
        }
        let [row, paced, told] = Reply::array(reply)?;
        let row = Reply::bytes(row)?.ok_or(Failure::UnexpectedReply)?;
        let paced = paced_of(Reply::int(&paced)?, Reply::int(&told)?)?;
        Ok(Some(Polled::new(row::read(id, &row)?, paced)))
    }
}

fn insertion(is_new: bool) -> Insertion {
    if is_new {
        Insertion::Inserted
    } else {
        Insertion::Taken
    }
}

/// Whether this is waited for: it says what somebody decided, or that tokens were issued.
fn is_decided(stored: &Stored) -> bool {
    match stored.grant.state() {
        State::Approved { .. }
        | State::Denied { .. }
        | State::Redeemed { .. }
        | State::Refused { .. }
        | State::Revoked { .. } => true,
        State::Pending { .. } | State::Redeeming { .. } => false,
    }
}

/// The clock skew in microseconds.
fn skew(pacing: &Pacing) -> i64 {
    let none = Pacing::default().leeway(0);
    let skew = pacing.leeway(0).saturating_sub(none);
    (Timestamp::from_micros(0) + skew).as_micros()
}

fn paced_of(paced: i64, told: i64) -> Result<Option<Paced>, Failure> {
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
