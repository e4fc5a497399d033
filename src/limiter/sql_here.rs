use std::collections::{HashMap, HashSet};

use async_lock::Mutex;
use serde_json::json;

use super::judge::judge;
use super::sql::{micros, unreadable};
use crate::grant::Timestamp;
use crate::host::{Charge, Charged, Debt, LimitKey};
use crate::sql::{Database, Effect, Finding, SqlError, Template, Trouble, Value, debt};

/// Judges charges in this process: reads what the keys owe, and writes the outcome if they still owe that.
///
/// A transaction of a caller that is dropped would stay open, and keep the lock of the only writer.
pub(super) struct Here {
    read: Template,
    write: Template,
    forget: Template,
    // Charges of this process take turns. Not the lock of `tokio`: a host's own driver may run on another runtime.
    turn: Mutex<()>,
}

/// The number of tries of a charge that loses races against other processes. Each failure means that another charge
/// succeeded.
const TRIES: usize = 64;

impl Here {
    pub(super) fn new(database: &Database, read: &str, write: &str, forget: &str) -> Self {
        Self {
            read: database.template(read, Effect::Reads),
            write: database.template(write, Effect::Writes),
            forget: database.template(forget, Effect::Writes),
            turn: Mutex::new(()),
        }
    }

    pub(super) async fn charge(
        &self,
        database: &Database,
        charges: &[Charge],
        now: impl Fn() -> Value + Send + Sync,
    ) -> Result<Charged, SqlError> {
        // Without turns, the charges of a burst in this process would use up their tries below against each other.
        let _turn = self.turn.lock().await;
        for _ in 0..TRIES {
            let (stored, now) = self.read(database, charges, &now).await?;
            let owed = |key: &LimitKey| stored.get(key.as_str()).copied();
            let mut changes = Vec::with_capacity(charges.len());
            let judged = judge(charges, now, |charge| &charge.key, owed, &mut changes);
            if let Err(limited) = judged {
                return Ok(limited);
            }
            let owes = |debt: &Debt| debt.owed_until > now;
            // A key that owes nothing and has no row gets no row: strangers could fill the table by giving back.
            changes.retain(|(key, debt)| owes(debt) || stored.contains_key(key.as_str()));
            if changes.is_empty() || self.write(database, &stored, &changes).await? {
                changes.retain(|(_, debt)| !owes(debt));
                let paid = changes.iter().map(|(key, _)| key.as_str());
                // A statement of its own, which compares the time again. If it fails, a purge deletes the rows.
                self.forget(database, paid.collect(), now).await?;
                return Ok(Charged::Allowed);
            }
        }
        Err(database.error(Finding::Checked(Trouble::Passing)))
    }

    /// The debts of the keys that have one, and the time at which they were read.
    async fn read(
        &self,
        database: &Database,
        charges: &[Charge],
        now: impl Fn() -> Value + Send + Sync,
    ) -> Result<(HashMap<String, Debt>, Timestamp), SqlError> {
        let keys: HashSet<&str> = charges.iter().map(|charge| charge.key.as_str()).collect();
        let keys = json_bytes(json!(keys));
        let values = || vec![now(), Value::Bytes(Some(keys.clone()))];
        let rows = database.query(|| self.read.with(values())).await?;
        let mut stored = HashMap::new();
        let mut read_at = Timestamp::MIN;
        for row in &rows {
            let read = debt(row).map_err(|error| unreadable(database, error))?;
            let (key, debt, now) = read;
            read_at = read_at.max(now);
            if let Some(debt) = debt {
                stored.insert(String::from_utf8_lossy(key).into_owned(), debt);
            }
        }
        Ok((stored, read_at))
    }

    /// Writes all changes, unless one of the keys owes something else by now.
    async fn write(
        &self,
        database: &Database,
        stored: &HashMap<String, Debt>,
        changes: &[(&LimitKey, Debt)],
    ) -> Result<bool, SqlError> {
        let change = |(key, debt): &(&LimitKey, Debt)| {
            let before = stored.get(key.as_str());
            json!([
                key.as_str(),
                debt.owed_until.as_micros(),
                micros(debt.period),
                before.map(|debt| debt.owed_until.as_micros()),
                before.map(|debt| micros(debt.period)),
            ])
        };
        let changes = json_bytes(changes.iter().map(change).collect());
        let values = || vec![Value::Bytes(Some(changes.clone()))];
        Ok(database.execute(|| self.write.with(values())).await? > 0)
    }

    /// Deletes those of the keys that owe nothing any more.
    async fn forget(
        &self,
        database: &Database,
        keys: Vec<&str>,
        now: Timestamp,
    ) -> Result<(), SqlError> {
        if keys.is_empty() {
            return Ok(());
        }
        let now = Value::Integer(Some(now.as_micros()));
        let keys = Value::Bytes(Some(json_bytes(json!(keys))));
        let forget = || self.forget.with(vec![now.clone(), keys.clone()]);
        database.execute(forget).await?;
        Ok(())
    }
}

fn json_bytes(json: serde_json::Value) -> Vec<u8> {
    json.to_string().into_bytes()
}
