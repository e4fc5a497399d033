use super::engine::Purge;
use super::{Database, Effect, SqlError, Template, Value};

/// The statements that delete from one table the rows that are due.
#[derive(Clone)]
pub(crate) struct Purging {
    due: Option<Template>,
    delete: Template,
}

/// The outcome of one statement, or of two.
struct Part {
    found: u64,
    deleted: u64,
}

impl Database {
    pub(crate) fn purging(&self, purge: &Purge) -> Purging {
        let due = purge.due.map(|due| self.template(due, Effect::Reads));
        let delete = self.template(purge.delete, Effect::Writes);
        Purging { due, delete }
    }

    /// Deletes up to `limit` rows that are due at `time`, by as many statements as it takes; returns their number.
    pub(crate) async fn purge(
        &self,
        purging: &Purging,
        limit: u32,
        time: impl Fn() -> Value + Send + Sync,
    ) -> Result<u64, SqlError> {
        let limit = u64::from(limit);
        let (mut purged, mut passed_over) = (0, 0);
        // Once for a limit of 0 as well: it shows whether the statements can be executed.
        loop {
            let most = limit
                .saturating_sub(purged)
                .min(self.engine().purged_at_once.into());
            let Part { found, deleted } = match &purging.due {
                None => self.delete_due(&purging.delete, most, &time).await?,
                Some(due) => {
                    let found = self.find_due(due, most, passed_over, &time).await?;
                    self.delete_found(&purging.delete, &found, &time).await?
                }
            };
            purged += deleted;
            passed_over += found.saturating_sub(deleted);
            if purged >= limit || found < most {
                return Ok(purged);
            }
        }
    }

    async fn delete_due(
        &self,
        delete: &Template,
        most: u64,
        time: &(impl Fn() -> Value + Send + Sync),
    ) -> Result<Part, SqlError> {
        let values = || vec![time(), integer(most)];
        let deleted = self.execute(|| delete.with(values())).await?;
        Ok(Part {
            found: deleted,
            deleted,
        })
    }

    async fn find_due(
        &self,
        due: &Template,
        most: u64,
        passed_over: u64,
        time: &(impl Fn() -> Value + Send + Sync),
    ) -> Result<Vec<Vec<u8>>, SqlError> {
        let values = || vec![time(), integer(most), integer(passed_over)];
        let rows = self.query(|| due.with(values())).await?;
        let keys = rows
            .into_iter()
            .filter_map(|row| match row.into_iter().next() {
                Some(Value::Bytes(key)) => key,
                Some(Value::Integer(_)) | None => None,
            });
        Ok(keys.collect())
    }

    async fn delete_found(
        &self,
        delete: &Template,
        found: &[Vec<u8>],
        time: &(impl Fn() -> Value + Send + Sync),
    ) -> Result<Part, SqlError> {
        let list = json_of(found);
        let values = || vec![time(), Value::Bytes(Some(list.clone()))];
        let deleted = self.execute(|| delete.with(values())).await?;
        Ok(Part {
            found: found.len().try_into().unwrap_or(u64::MAX),
            deleted,
        })
    }
}

/// A JSON list of these keys, which are hexadecimal.
fn json_of(keys: &[Vec<u8>]) -> Vec<u8> {
    let quoted: Vec<Vec<u8>> = keys
        .iter()
        .map(|key| [b"\"", &**key, b"\""].concat())
        .collect();
    [b"[", &*quoted.join(&b','), b"]"].concat()
}

fn integer(number: u64) -> Value {
    Value::Integer(Some(number.try_into().unwrap_or(i64::MAX)))
}
