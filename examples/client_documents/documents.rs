//! The directory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use device_grant::grant::{ClientId, Timestamp};
use device_grant::host::{Cause, Client, Clock, PortError, System, Terms, async_trait};
use device_grant::http::{ClientCredentials, ClientDirectory};
use serde::Deserialize;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::address::{document_uri, is_public};
use crate::web::{Fetched, Web};

/// The most bytes of a document, as the draft recommends.
const LONGEST: usize = 5 * 1024;
/// The longest that a fetch may take: a device waits for it.
const PATIENCE: Duration = Duration::from_secs(3);
/// The number of fetches that there may be at a time. Strangers start them.
const AT_A_TIME: usize = 8;
/// The time for which a document is taken as it was read, and the time for which it stands in for one that cannot be read any
/// more: a device polls, and is not to fail because the site of its maker is away.
const FRESH: Duration = Duration::from_secs(600);
const STALE: Duration = Duration::from_secs(86_400);
/// The number of documents that are kept.
const MOST: usize = 10_000;

/// The clients whose identifiers are URLs, all with the same terms.
pub(crate) struct ClientDocuments<W> {
    web: W,
    terms: Terms,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) patience: Duration,
    /// When each client's document was read. Nothing is kept of documents that are wrong or away.
    read_at: Mutex<HashMap<ClientId, Timestamp>>,
    fetches: Semaphore,
}

/// The members that are read of a document; `client_name` is whatever its author likes, and nothing to show as a fact.
#[derive(Deserialize)]
struct Document {
    client_id: String,
    client_secret: Option<String>,
    #[serde(default)]
    grant_types: Vec<String>,
    token_endpoint_auth_method: Option<String>,
}

impl<W: Web> ClientDocuments<W> {
    pub(crate) fn new(web: W, terms: Terms) -> Self {
        Self {
            web,
            terms,
            clock: Arc::new(System),
            patience: PATIENCE,
            read_at: Mutex::default(),
            fetches: Semaphore::new(AT_A_TIME),
        }
    }

    /// Returns whether a client with this identifier has published a document that makes it one.
    async fn knows(&self, id: &ClientId) -> Result<bool, PortError> {
        let age = self.age(id);
        if age.is_some_and(|age| age < FRESH) {
            return Ok(true);
        }
        let fetched = timeout(self.patience, self.fetch(id)).await;
        match fetched.unwrap_or_else(|elapsed| Err(elapsed.into())) {
            Ok(true) => {
                self.keep(id);
                Ok(true)
            }
            // Its author has taken it back.
            Ok(false) => {
                self.lock().remove(id);
                Ok(false)
            }
            Err(_) if age.is_some_and(|age| age < STALE) => Ok(true),
            Err(error) => Err(PortError::unavailable(error)),
        }
    }

    async fn fetch(&self, id: &ClientId) -> Result<bool, Cause> {
        let Some(uri) = document_uri(id.as_str()) else {
            return Ok(false);
        };
        let _permit = self.fetches.acquire().await?;
        let host = uri.host().unwrap_or_default();
        let addresses = self.web.resolve(host).await?;
        let Some(address) = addresses.first().copied() else {
            return Ok(false);
        };
        // All of them: a name that leads into your network as well is made for an attack.
        if !addresses.into_iter().all(is_public) {
            return Ok(false);
        }
        let fetched = self.web.get(&uri, address, LONGEST).await?;
        Ok(is_of(id, &fetched))
    }

    fn age(&self, id: &ClientId) -> Option<Duration> {
        let read_at = self.lock().get(id).copied()?;
        // A clock that was set back makes no document older.
        Some(self.clock.now().duration_until(read_at))
    }

    fn keep(&self, id: &ClientId) {
        let now = self.clock.now();
        let mut read_at = self.lock();
        if read_at.len() >= MOST {
            read_at.retain(|_, at| now < *at + FRESH);
        }
        if read_at.len() < MOST {
            read_at.insert(id.clone(), now);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ClientId, Timestamp>> {
        self.read_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns whether this is the document of this client, and one that may use the grant without a secret.
fn is_of(id: &ClientId, fetched: &Fetched) -> bool {
    let kind = fetched.content_type.split(';').next().unwrap_or_default();
    let kind = kind.trim().to_ascii_lowercase();
    let is_json =
        kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"));
    if fetched.status != 200 || !is_json || fetched.body.len() > LONGEST {
        return false;
    }
    let Ok(document) = serde_json::from_slice::<Document>(&fetched.body) else {
        return false;
    };
    let is_public_client = document.client_secret.is_none()
        && document.token_endpoint_auth_method.as_deref() == Some("none");
    let grant_type = "urn:ietf:params:oauth:grant-type:device_code";
    let has_grant = document.grant_types.iter().any(|held| held == grant_type);
    document.client_id == id.as_str() && is_public_client && has_grant
}

#[async_trait]
impl<W: Web> ClientDirectory for ClientDocuments<W> {
    async fn authenticate(&self, given: &ClientCredentials) -> Result<Option<Client>, PortError> {
        // Nobody has agreed on a secret.
        if given.secret().is_some() || !self.knows(&given.client_id).await? {
            return Ok(None);
        }
        let client = Client::new(given.client_id.clone());
        Ok(Some(client.device_grant(self.terms.clone())))
    }
}
