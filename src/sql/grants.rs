use std::sync::Arc;
use std::time::Duration;

use super::call::{Call, Driver, Durability, Value};
use super::columns;
use super::statements::{Dialect, Statements};
use super::{InvalidTablePrefix, TablePrefix, UnreadableColumn};
use crate::code::{GrantId, UserCodeDigest};
use crate::grant::Timestamp;
use crate::host::{
    Clock, GrantsOf, NewRow, PageRequest, PollRecord, Polled, PortError, Replacement, Row,
};

/// The operations of a store on an SQL database, whichever engine and driver it has.
pub(crate) struct Grants<D> {
    driver: Arc<D>,
    dialect: &'static Dialect,
    prefix: TablePrefix,
    statements: Arc<Statements>,
    /// `None` for that of the database server.
    clock: Option<Arc<dyn Clock>>,
}

/// The number of times that a poll is repeated which was neither paced nor found anything to say why not.
const TRIES: usize = 3;

impl<D: Driver> Grants<D> {
    pub(crate) fn new(driver: D, dialect: &'static Dialect) -> Self {
        let prefix = TablePrefix::default();
        Self {
            driver: Arc::new(driver),
            dialect,
            statements: Arc::new(Statements::new(dialect, &prefix)),
            prefix,
            clock: None,
        }
    }

    pub(crate) fn with_prefix(mut self, prefix: &str) -> Result<Self, InvalidTablePrefix> {
        self.prefix = TablePrefix::parse(prefix)?;
        self.statements = Arc::new(Statements::new(self.dialect, &self.prefix));
        Ok(self)
    }

    pub(crate) fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    pub(crate) fn driver(&self) -> &D {
        &self.driver
    }

    pub(crate) fn prefix(&self) -> &TablePrefix {
        &self.prefix
    }

    pub(crate) async fn insert(&self, new: &NewRow) -> Result<Option<Timestamp>, PortError> {
        let call = || self.insertion(new);
        let rows = self.driver.write(call, Durability::Disk).await;
        let rows = rows.map_err(Into::into)?;
        let Some(inserted) = rows.first() else {
            return Ok(None);
        };
        let at = columns::told(inserted).map_err(broken::<D>)?;
        Ok(Some(at))
    }

    pub(crate) async fn find(&self, id: &GrantId) -> Result<Option<Row>, PortError> {
        let sql = &self.statements.find;
        let found = self.rows(|| call(sql, [self.now(), id_of(id)])).await?;
        Ok(found.into_iter().next())
    }

    pub(crate) async fn find_by_user_code(
        &self,
        codes: &[UserCodeDigest],
    ) -> Result<Vec<Row>, PortError> {
        let sql = &self.statements.find_by_user_code;
        let codes = codes.iter().map(|code| *code.as_bytes());
        let codes: Vec<_> = codes.collect();
        self.rows(|| call(sql, [self.now(), bytes(codes.as_flattened())]))
            .await
    }

    pub(crate) async fn replace(&self, replacement: &Replacement) -> Result<bool, PortError> {
        let call = || self.replacement(replacement);
        let replaced = self.driver.execute(call, Durability::Disk).await;
        match replaced.map_err(Into::into)? {
            0 => Ok(false),
            _ => Ok(true),
        }
    }

    pub(crate) async fn record_poll(&self, poll: &PollRecord) -> Result<Option<Polled>, PortError> {
        for _ in 0..TRIES {
            let rows = self.driver.write(|| self.poll(poll), Durability::System);
            let rows = rows.await.map_err(Into::into)?;
            let polled = rows.first().map(columns::polled).transpose();
            let polled = polled.map_err(broken::<D>)?;
            // Not there for the first statement of two, and inserted before the second.
            let was_missed =
                |Polled { row, paced, .. }: &Polled| paced.is_none() && row.is_paced(row.read_at);
            if !polled.as_ref().is_some_and(was_missed) {
                return Ok(polled);
            }
        }
        Err(PortError::broken("a grant that is to be paced is not"))
    }

    pub(crate) async fn time(&self) -> Result<Timestamp, PortError> {
        let sql = &self.statements.now;
        let rows = self.driver.read(|| call(sql, [self.now()])).await;
        let rows = rows.map_err(Into::into)?;
        let told = rows.first().map(columns::told).transpose();
        let told = told.map_err(broken::<D>)?;
        told.ok_or_else(|| PortError::broken("the database tells no time"))
    }

    pub(crate) async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        let sql = &self.statements.purge;
        let call = || call(sql, [self.now(), Value::Integer(limit.into())]);
        let purged = self.driver.execute(call, Durability::System).await;
        purged.map_err(Into::into)
    }

    pub(crate) async fn list(&self, page: &PageRequest) -> Result<Vec<Row>, PortError> {
        self.rows(|| self.listing(page)).await
    }

    async fn rows(&self, call: impl Fn() -> Call + Send + Sync) -> Result<Vec<Row>, PortError> {
        let rows = self.driver.read(call).await;
        let rows = rows.map_err(Into::into)?;
        let rows: Result<_, _> = rows.iter().map(columns::row).collect();
        rows.map_err(broken::<D>)
    }

    fn insertion(&self, new: &NewRow) -> Call {
        let parameters = [
            self.now(),
            id_of(&new.id),
            Value::Integer(new.revision.cast_signed()),
            Value::Bytes(new.user_code.map(|code| code.as_bytes().to_vec())),
            text(&new.issuer),
            text(new.client_id.as_str()),
            micros(new.lifetime),
            micros(new.lifetime.saturating_add(new.retention)),
            micros(new.pace.due_after),
            Value::Integer(new.pace.told_interval.into()),
            bytes(new.body.as_bytes()),
        ];
        call(&self.statements.insert, parameters)
    }

    fn replacement(&self, replacement: &Replacement) -> Call {
        let subject = replacement.subject.as_ref();
        let parameters = [
            id_of(&replacement.id),
            Value::Integer(replacement.expected.cast_signed()),
            Value::Integer(replacement.revision.cast_signed()),
            Value::Text(subject.map(|subject| subject.as_str().to_owned())),
            Value::Integer(replacement.is_pending.into()),
            Value::Integer(replacement.forget_at.as_micros()),
            bytes(replacement.body.as_bytes()),
        ];
        call(&self.statements.replace, parameters)
    }

    fn poll(&self, poll: &PollRecord) -> Call {
        let parameters = [
            self.now(),
            id_of(&poll.id),
            micros(poll.twin_within),
            micros(poll.set_back_beyond),
            Value::Integer(poll.step.into()),
            Value::Integer(poll.longest.into()),
        ];
        call(&self.statements.poll, parameters)
    }

    fn listing(&self, page: &PageRequest) -> Call {
        let (sql, whose) = match &page.of {
            GrantsOf::Subject(subject) => (&self.statements.list_of_subject, subject.as_str()),
            GrantsOf::Client(client) => (&self.statements.list_of_client, client.as_str()),
        };
        // Without a place, that of no grant, ahead of all.
        let (issued_at, id) = page.after.map_or(
            (Timestamp::MAX, GrantId::from_bytes([u8::MAX; 16])),
            |after| (after.issued_at, after.id),
        );
        let parameters = [
            self.now(),
            text(whose),
            text(&page.issuer),
            Value::Integer(issued_at.as_micros()),
            id_of(&id),
            Value::Integer(page.limit.into()),
        ];
        call(sql, parameters)
    }

    fn now(&self) -> Value {
        Value::Now(self.clock.as_ref().map(|clock| clock.now().as_micros()))
    }
}

// Not derived, because a driver need not be cloned.
impl<D> Clone for Grants<D> {
    fn clone(&self) -> Self {
        Self {
            driver: Arc::clone(&self.driver),
            dialect: self.dialect,
            prefix: self.prefix.clone(),
            statements: Arc::clone(&self.statements),
            clock: self.clock.clone(),
        }
    }
}

fn broken<D: Driver>(error: UnreadableColumn) -> PortError {
    D::Error::from(error).into()
}

fn call<const N: usize>(sql: &Arc<str>, parameters: [Value; N]) -> Call {
    Call {
        sql: Arc::clone(sql),
        parameters: parameters.into(),
    }
}

fn id_of(id: &GrantId) -> Value {
    bytes(id.as_bytes())
}

fn bytes(bytes: &[u8]) -> Value {
    Value::Bytes(Some(bytes.to_vec()))
}

fn text(text: &str) -> Value {
    Value::Text(Some(text.to_owned()))
}

fn micros(duration: Duration) -> Value {
    Value::Integer((Timestamp::from_micros(0) + duration).as_micros())
}
