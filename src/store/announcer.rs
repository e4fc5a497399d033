use std::sync::Arc;

use async_trait::async_trait;

use crate::code::GrantId;
use crate::host::{Announcer, PortError};
use crate::sql::{Database, Effect, Listener, NOTIFY, Template, Value};

/// Decisions as notifications of PostgreSQL.
struct Notifications {
    database: Database,
    notify: Template,
    channel: String,
    listener: Arc<dyn Listener>,
}

/// The announcer of a database whose engine and driver have notifications.
pub(super) fn of(database: &Database) -> Option<Arc<dyn Announcer>> {
    let listener = database.listener()?;
    Some(Arc::new(Notifications {
        database: database.clone(),
        notify: database.template(NOTIFY, Effect::Writes),
        channel: database.name("device_grants"),
        listener,
    }))
}

#[async_trait]
impl Announcer for Notifications {
    async fn announce(&self, grant: &GrantId) -> Result<(), PortError> {
        let values = || vec![Value::Bytes(Some(grant.as_bytes().to_vec()))];
        self.database.query(|| self.notify.with(values())).await?;
        Ok(())
    }

    async fn listen(&self, heard: &(dyn Fn(GrantId) + Send + Sync)) -> Result<(), PortError> {
        // A payload that is no id was not announced by this crate, and is ignored.
        let heard = |payload: &str| _ = payload.parse().map(heard);
        let listened = self.listener.listen(&self.channel, &heard).await;
        Ok(listened.map_err(|error| self.database.failed(error))?)
    }
}
