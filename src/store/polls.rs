use std::collections::HashMap;
use std::sync::Arc;

use super::batches::{Batches, Calls};
use super::lanes::Lanes;
use super::sql::{bytes, id_of, integer, micros};
use super::told::Told;
use crate::code::GrantId;
use crate::host::{Clock, PollRecord, PortError, Row};
use crate::sql::{self, Database, Effect, Finding, SqlError, Template, UnreadableColumn, Value};

#[cfg(test)]
mod tests;

/// Records polls in an SQL database, those that come at the same time by one statement.
pub(super) struct Polls {
    database: Database,
    /// The clock of a test; `None` for that of the database.
    clock: Option<Arc<dyn Clock>>,
    statements: Statements,
    lanes: Lanes,
    told: Told,
    /// Polls of grants in `told`, for which a read is enough.
    reads: Batches<PollRecord, Answer>,
    /// All other polls.
    writes: Batches<PollRecord, Answer>,
}

/// The answer to a poll.
type Answer = Result<Option<Row>, PortError>;

struct Statements {
    /// Paces one poll. Waits for its row if another session has locked it.
    one: Template,
    /// Paces the polls of a batch. Passes over rows that other sessions have locked.
    many: Template,
    /// Reads the rows of early polls whose devices were told the longest interval.
    told: Template,
    /// Reads the rows that `one` and `many` leave as they are, if the engine does not return those.
    unpaced: Option<Template>,
}

/// The number of tries for a poll whose grant is inserted between the two statements of a try.
const TRIES: usize = 3;

impl Polls {
    pub(super) fn new(database: Database, clock: Option<Arc<dyn Clock>>) -> Self {
        let writes = database.engine().writes_at_once;
        Self {
            statements: Statements::new(&database),
            database,
            clock,
            lanes: Lanes::default(),
            told: Told::default(),
            reads: Batches::new(2, PollRecord::is_judged_as),
            writes: Batches::new(writes, PollRecord::is_judged_as),
        }
    }

    pub(super) async fn record(self: &Arc<Self>, poll: &PollRecord) -> Answer {
        // Before a connection is taken: polls of one grant wait here, and not for connections of the pool.
        let _turn = self.lanes.enter(poll.id).await;
        if self.told.has(&poll.id) {
            let polls = Arc::clone(self);
            let read = move |calls| polls.told_again(calls);
            if let Some(answer) = self.reads.answer(poll.clone(), read).await {
                return answer;
            }
        }
        let polls = Arc::clone(self);
        let write = move |calls| polls.judged(calls);
        let answer = match self.writes.answer(poll.clone(), write).await {
            Some(answer) => answer?,
            None => self.alone(poll).await?,
        };
        self.told.note(poll, answer.as_ref());
        Ok(answer)
    }

    /// Reads the rows of early polls whose devices were told the longest interval: such a poll changes nothing. `None` for any
    /// other poll, which is then to be written.
    async fn told_again(self: Arc<Self>, calls: Calls<PollRecord>) -> Vec<Option<Answer>> {
        let polls = calls.calls;
        let rows = self.rows(&self.statements.told, &polls, |ids, poll| {
            vec![
                self.clock(),
                ids,
                micros(poll.twin_within),
                micros(poll.set_back_beyond),
                integer(poll.longest),
            ]
        });
        match rows.await {
            Ok(mut rows) => polls
                .iter()
                .map(|poll| Some(self.read(&rows.remove(&poll.id)?).map(Some)))
                .collect(),
            Err(error) => failed(&polls, error),
        }
    }

    /// Paces the polls of a batch, and returns their rows. `None` for a poll that is to be made alone, because its row is
    /// locked, missing, or perhaps the cause of a failure.
    async fn judged(self: Arc<Self>, calls: Calls<PollRecord>) -> Vec<Option<Answer>> {
        let polls = calls.calls;
        if let ([poll], true) = (polls.as_slice(), calls.is_only) {
            return vec![Some(self.alone(poll).await)];
        }
        match self.paced(&polls).await {
            Ok(mut rows) => {
                let passes_over = self.statements.unpaced.is_none();
                let answer = |poll: &PollRecord| {
                    let Some(row) = rows.remove(&poll.id) else {
                        return (!passes_over).then_some(Ok(None));
                    };
                    let row = self.read(&row);
                    let is_missed = row.as_ref().is_ok_and(was_missed);
                    (!is_missed).then_some(row.map(Some))
                };
                polls.iter().map(answer).collect()
            }
            Err(error) => failed(&polls, error),
        }
    }

    async fn paced(&self, polls: &[PollRecord]) -> Result<HashMap<GrantId, Vec<Value>>, SqlError> {
        let many = &self.statements.many;
        let mut rows = self
            .rows(many, polls, |ids, poll| self.values(ids, poll))
            .await?;
        if let Some(unpaced) = &self.statements.unpaced {
            let is_missing = |poll: &&PollRecord| !rows.contains_key(&poll.id);
            let missing: Vec<_> = polls.iter().filter(is_missing).cloned().collect();
            if !missing.is_empty() {
                let values = |ids, _: &PollRecord| vec![self.clock(), ids];
                rows.extend(self.rows(unpaced, &missing, values).await?);
            }
        }
        Ok(rows)
    }

    /// Paces one poll, and returns its row.
    async fn alone(&self, poll: &PollRecord) -> Answer {
        for _ in 0..TRIES {
            let values = || self.values(id_of(&poll.id), poll);
            let one = || self.statements.one.with(values());
            let mut found = self.database.query(one).await?;
            if let (true, Some(unpaced)) = (found.is_empty(), &self.statements.unpaced) {
                let unpaced = || unpaced.with(vec![self.clock(), id_of(&poll.id)]);
                found = self.database.query(unpaced).await?;
            }
            let polled = found.first().map(|row| self.read(row)).transpose()?;
            // If the row was missing for the first of two statements, and there for the second, the poll was not paced.
            if !polled.as_ref().is_some_and(was_missed) {
                return Ok(polled);
            }
        }
        Err(PortError::broken("a grant that is to be paced is not"))
    }

    /// Returns the rows that a statement finds of these grants, by their ids. It gets the ids in order, so that two batches lock
    /// their rows in the same order.
    async fn rows(
        &self,
        template: &Template,
        polls: &[PollRecord],
        values: impl Fn(Value, &PollRecord) -> Vec<Value> + Send + Sync,
    ) -> Result<HashMap<GrantId, Vec<Value>>, SqlError> {
        let Some(first) = polls.first() else {
            return Ok(HashMap::new());
        };
        let mut ids: Vec<_> = polls.iter().map(|poll| *poll.id.as_bytes()).collect();
        ids.sort_unstable();
        let ids = ids.as_flattened();
        let statement = || template.with(values(bytes(ids), first));
        let rows = self.database.query(statement).await?;
        let by_id = |row: Vec<Value>| Some((sql::id(&row)?, row));
        Ok(rows.into_iter().filter_map(by_id).collect())
    }

    fn read(&self, row: &[Value]) -> Result<Row, PortError> {
        let unreadable = |error: UnreadableColumn| self.database.error(Finding::Column(error));
        Ok(sql::polled(row).map_err(unreadable)?)
    }

    fn values(&self, ids: Value, poll: &PollRecord) -> Vec<Value> {
        vec![
            self.clock(),
            ids,
            micros(poll.twin_within),
            micros(poll.set_back_beyond),
            integer(poll.step),
            integer(poll.longest),
        ]
    }

    fn clock(&self) -> Value {
        Value::Integer(self.clock.as_ref().map(|clock| clock.now().as_micros()))
    }
}

impl Statements {
    fn new(database: &Database) -> Self {
        let grants = &database.engine().grants;
        let of = |sql: &str, chosen| sql.replace("{chosen}", chosen);
        let reads = |sql| database.template(&of(sql, grants.chosen), Effect::Reads);
        let writes = |chosen| database.template(&of(grants.poll, chosen), Effect::Writes);
        Self {
            one: writes(grants.one),
            many: writes(grants.free),
            told: reads(grants.told),
            unpaced: grants.unpaced.map(reads),
        }
    }
}

/// Returns whether a row should have been paced and was not: it was inserted between the two statements of a poll.
fn was_missed(row: &Row) -> bool {
    row.paced.is_none() && row.is_paced(row.read_at)
}

/// Answers a batch that failed. A failure that may pass is the answer to each poll. Any other may be the failure of one row, so
/// each poll is made alone.
fn failed(polls: &[PollRecord], error: SqlError) -> Vec<Option<Answer>> {
    let error = Arc::new(error);
    let answer = |_| {
        let error = Arc::clone(&error);
        error
            .is_passing()
            .then(|| Err(PortError::unavailable(error)))
    };
    polls.iter().map(answer).collect()
}
