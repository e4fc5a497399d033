use std::sync::Arc;

use redis::Value;

use super::operations::{paced_of, time};
use super::{RedisStore, row, scripts};
use crate::grant::Timestamp;
use crate::host::{PollRecord, PortError, Row};
use crate::redis_client::{Failure, Reply};
use crate::store::batches::Calls;

/// The answer to a poll.
pub(super) type Answer = Result<Option<Row>, PortError>;

impl RedisStore {
    pub(super) async fn polled(&self, poll: &PollRecord) -> Answer {
        let Some(found) = self.recorded(poll).await? else {
            return Ok(None);
        };
        let paced = found.paced;
        // A device that hears of a decision stops, so it must not hear of one that a failover undoes.
        let row = self.confirmed(found).await?;
        Ok(row.map(|row| Row { paced, ..row }))
    }

    /// Records a poll, with those that come at the same time, if their keys are on one server.
    async fn recorded(&self, poll: &PollRecord) -> Answer {
        if !self.connection.is_cluster() {
            let store = self.clone();
            let start = move |calls| store.polled_at_once(calls);
            if let Some(answer) = self.polls.answer(poll.clone(), start).await {
                return answer;
            }
        }
        let mut polled = self.polled_rows(std::slice::from_ref(poll)).await?;
        Ok(polled.pop().ok_or(Failure::UnexpectedReply)??)
    }

    /// Answers each poll. After a failure that does not pass, which may be that of one key, each is to be made alone.
    async fn polled_at_once(self, calls: Calls<PollRecord>) -> Vec<Option<Answer>> {
        let polls = calls.calls;
        match self.polled_rows(&polls).await {
            Ok(rows) => {
                let rows = rows.into_iter();
                rows.map(|row| Some(row.map_err(PortError::from))).collect()
            }
            Err(failure) => {
                let failure = Arc::new(failure);
                let answer = |_| {
                    let failure = Arc::clone(&failure);
                    let is_passing = failure.is_passing();
                    is_passing.then(|| Err(PortError::unavailable(failure)))
                };
                polls.iter().map(answer).collect()
            }
        }
    }

    async fn polled_rows(
        &self,
        polls: &[PollRecord],
    ) -> Result<Vec<Result<Option<Row>, Failure>>, Failure> {
        let keys: Vec<_> = polls.iter().map(|poll| self.grant_key(&poll.id)).collect();
        let numbers = polls.first().map(row::numbers).unwrap_or_default();
        let arguments: [&[u8]; 2] = [&self.time(), &numbers];
        // The poll itself waits for no replica: if it is lost, a device may poll too early once.
        let polled = scripts::RECORD_POLL.run(&self.connection, &keys, &arguments);
        let [now, answers] = Reply::array(polled.await?)?;
        let (now, Value::Array(answers)) = (time(now)?, answers) else {
            return Err(Failure::UnexpectedReply);
        };
        let rows = polls.iter().zip(answers);
        Ok(rows.map(|(poll, answer)| read(poll, answer, now)).collect())
    }
}

fn read(poll: &PollRecord, answer: Value, now: Timestamp) -> Result<Option<Row>, Failure> {
    if answer == Value::Nil {
        return Ok(None);
    }
    let [row, paced, told] = Reply::array(answer)?;
    let row = Reply::bytes(row)?.ok_or(Failure::UnexpectedReply)?;
    let paced = paced_of(Reply::int(&paced)?, Reply::int(&told)?)?;
    let mut row = row::read(poll.id, &row, now)?;
    row.paced = paced;
    Ok(Some(row))
}
