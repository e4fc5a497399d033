use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::announcer;
use super::polls::Polls;
use crate::code::{GrantId, UserCodeDigest};
use crate::grant::Timestamp;
use crate::host::{
    Announcer, Clock, GrantDirectory, GrantStore, GrantsOf, NewRow, PageRequest, PollRecord,
    PortError, Replacement, Row,
};
use crate::sql::{
    self, Database, Effect, FIND, Finding, LIST, Purging, SqlError, Template, UnreadableColumn,
    Value,
};

/// A store in an SQL database, for any number of nodes.
///
/// Every operation is one statement, which takes one round trip. Polls that come at the same time share a statement, up to 64 of
/// them: two such statements are under way at once, and the polls that come meanwhile wait for the next one. A poll that
/// comes alone waits for nothing.
///
/// At most one poll of a grant uses the database at the same time. If another session locks its row, the other polls go on without
/// it: that poll waits for the row on a connection of its own, in PostgreSQL and MariaDB for one second at most.
///
/// A device that keeps polling too fast soon costs only reads. Once it was told the longest interval, 60 s, a further early
/// poll changes nothing, and the store writes nothing.
///
/// # Guarantees
///
/// An acknowledged insertion, decision or commit of tokens is as durable as the database's settings make a commit. A crash may
/// lose a poll, so that a device can poll once too early. [The guide for
/// PostgreSQL](https://docs.rs/device-grant/latest/device_grant/guide/postgres/) has its settings, and
/// [stores](https://docs.rs/device-grant/latest/device_grant/guide/stores/) those of MariaDB and SQLite, and what a failover may lose.
/// Connect to the primary, never to a replica. Any default isolation works.
///
/// ```no_run
/// use device_grant::limiter::SqlLimiter;
/// use device_grant::sql::Database;
/// use device_grant::store::SqlStore;
///
/// # async fn start(pool: impl Into<Database>) -> Result<(), Box<dyn std::error::Error>> {
/// let database: Database = pool.into();
/// database.migrate().await?;
/// let store = SqlStore::new(database.clone());
/// let limiter = SqlLimiter::new(database);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SqlStore {
    database: Database,
    statements: Arc<Statements>,
    polls: Arc<Polls>,
    /// The clock of a test; `None` for that of the database.
    clock: Option<Arc<dyn Clock>>,
}

struct Statements {
    now: Template,
    insert: Template,
    find: Template,
    find_by_user_code: Template,
    replace: Template,
    list_of_subject: Template,
    list_of_client: Template,
    purge: Purging,
}

impl SqlStore {
    /// A store in this database.
    #[must_use]
    pub fn new(database: impl Into<Database>) -> Self {
        let database = database.into();
        let statements = Arc::new(Statements::new(&database));
        let polls = Arc::new(Polls::new(database.clone(), None));
        Self {
            database,
            statements,
            polls,
            clock: None,
        }
    }

    /// Sets the clock, for tests. Default: the clock of the database server, or for SQLite that of the machine.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(clock);
        self.polls = Arc::new(Polls::new(self.database.clone(), Some(clock.clone())));
        self.clock = Some(clock);
        self
    }

    /// Returns the announcer for several nodes on this database, if its driver can hear notifications: PostgreSQL by `sqlx`, or by
    /// `deadpool-postgres` with `Database::hearing_by`. Give it to [`Builder::announcer`](crate::Builder::announcer), and spawn
    /// [`DeviceGrants::listen`](crate::DeviceGrants::listen).
    ///
    /// It announces by `NOTIFY`, and `listen` keeps one connection, which has to lead to the server itself: a
    /// pooler that hands connections out by transaction, such as PgBouncer, passes no notifications on.
    #[must_use]
    pub fn announcer(&self) -> Option<Arc<dyn Announcer>> {
        announcer::of(&self.database)
    }

    async fn rows(&self, template: &Template, values: Vec<Value>) -> Result<Vec<Row>, PortError> {
        let rows = self.database.query(|| template.with(values.clone()));
        let rows: Result<_, _> = rows.await?.iter().map(|row| sql::row(row)).collect();
        Ok(rows.map_err(|error| self.unreadable(error))?)
    }

    fn told(&self, rows: &[Vec<Value>]) -> Result<Option<Timestamp>, SqlError> {
        let told = rows.first().map(|row| sql::told(row)).transpose();
        told.map_err(|error| self.unreadable(error))
    }

    fn unreadable(&self, error: UnreadableColumn) -> SqlError {
        self.database.error(Finding::Column(error))
    }

    fn insertion(&self, new: &NewRow) -> Vec<Value> {
        vec![
            self.clock(),
            id_of(&new.id),
            integer(new.revision.cast_signed()),
            Value::Bytes(new.user_code.map(|code| code.as_bytes().to_vec())),
            text(&new.issuer),
            text(new.client_id.as_str()),
            micros(new.lifetime),
            micros(new.lifetime.saturating_add(new.retention)),
            micros(new.pace.due_after),
            integer(new.pace.told_interval),
            bytes(new.body.as_bytes()),
        ]
    }

    fn clock(&self) -> Value {
        Value::Integer(self.clock.as_ref().map(|clock| clock.now().as_micros()))
    }
}

#[async_trait]
impl GrantStore for SqlStore {
    async fn insert(&self, new: &NewRow) -> Result<Option<Timestamp>, PortError> {
        let insert = || self.statements.insert.with(self.insertion(new));
        let rows = match self.database.query(insert).await {
            // MariaDB reports a taken key as an error; PostgreSQL and SQLite insert no row (`ON CONFLICT`).
            Err(error) if error.is_about_a_duplicate() => return Ok(None),
            rows => rows?,
        };
        Ok(self.told(&rows)?)
    }

    async fn find(&self, id: &GrantId) -> Result<Option<Row>, PortError> {
        let values = vec![self.clock(), id_of(id)];
        let found = self.rows(&self.statements.find, values).await?;
        Ok(found.into_iter().next())
    }

    async fn find_by_user_code(&self, codes: &[UserCodeDigest]) -> Result<Vec<Row>, PortError> {
        let codes: Vec<_> = codes.iter().map(|code| *code.as_bytes()).collect();
        let values = vec![self.clock(), bytes(codes.as_flattened())];
        self.rows(&self.statements.find_by_user_code, values).await
    }

    async fn replace(&self, replacement: &Replacement) -> Result<bool, PortError> {
        let replace = || self.statements.replace.with(values_of(replacement));
        Ok(self.database.execute(replace).await? > 0)
    }

    async fn record_poll(&self, poll: &PollRecord) -> Result<Option<Row>, PortError> {
        self.polls.record(poll).await
    }

    async fn now(&self) -> Result<Timestamp, PortError> {
        let now = || self.statements.now.with(vec![self.clock()]);
        let told = self.told(&self.database.query(now).await?)?;
        told.ok_or_else(|| PortError::broken("the database tells no time"))
    }

    async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        let purge = &self.statements.purge;
        Ok(self.database.purge(purge, limit, || self.clock()).await?)
    }

    async fn check(&self) -> Result<Vec<String>, PortError> {
        let checks = self.database.engine().schema.store_checks;
        Ok(self.database.check(checks).await?)
    }
}

#[async_trait]
impl GrantDirectory for SqlStore {
    async fn list(&self, page: &PageRequest) -> Result<Vec<Row>, PortError> {
        let (template, whose) = match &page.of {
            GrantsOf::Subject(subject) => (&self.statements.list_of_subject, subject.as_str()),
            GrantsOf::Client(client) => (&self.statements.list_of_client, client.as_str()),
        };
        // The first page begins at a place that no grant has, before those of all grants.
        let (issued_at, id) = page.after.map_or(
            (Timestamp::MAX, GrantId::from_bytes([u8::MAX; 16])),
            |after| (after.issued_at, after.id),
        );
        let values = vec![
            self.clock(),
            id_of(&id),
            text(whose),
            text(&page.issuer),
            integer(issued_at.as_micros()),
            integer(page.limit),
        ];
        self.rows(template, values).await
    }
}

impl fmt::Debug for SqlStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlStore")
            .field("database", &self.database)
            .finish_non_exhaustive()
    }
}

impl Statements {
    fn new(database: &Database) -> Self {
        let grants = &database.engine().grants;
        let list_of = |whose| {
            let list = LIST.replace("{by_index}", grants.by_index);
            database.template(&list.replace("{whose}", whose), Effect::Reads)
        };
        let reads = |sql| database.template(sql, Effect::Reads);
        Self {
            now: reads("SELECT {now}"),
            insert: database.template(grants.insert, Effect::Keeps),
            find: reads(FIND),
            find_by_user_code: reads(grants.find_by_user_code),
            replace: database.template(grants.replace, Effect::Keeps),
            list_of_subject: list_of("subject"),
            list_of_client: list_of("client_id"),
            purge: database.purging(&grants.purge),
        }
    }
}

fn values_of(replacement: &Replacement) -> Vec<Value> {
    let subject = replacement.subject.as_ref();
    vec![
        integer(replacement.expected.cast_signed()),
        id_of(&replacement.id),
        integer(replacement.revision.cast_signed()),
        Value::Bytes(subject.map(|subject| subject.as_str().as_bytes().to_vec())),
        integer(replacement.is_pending),
        integer(replacement.forget_at.as_micros()),
        bytes(replacement.body.as_bytes()),
    ]
}

pub(super) fn integer(integer: impl Into<i64>) -> Value {
    Value::Integer(Some(integer.into()))
}

pub(super) fn id_of(id: &GrantId) -> Value {
    bytes(id.as_bytes())
}

pub(super) fn bytes(bytes: &[u8]) -> Value {
    Value::Bytes(Some(bytes.to_vec()))
}

fn text(text: &str) -> Value {
    bytes(text.as_bytes())
}

pub(super) fn micros(duration: Duration) -> Value {
    integer((Timestamp::from_micros(0) + duration).as_micros())
}
