use sqlx::{PgPool, Row};

use crate::secrets;

#[derive(Clone)]
pub(crate) struct Clients {
    pool: PgPool,
}

/// A client that is who it says.
pub(crate) struct Client {
    pub(crate) id: String,
    /// The scope that it may ask for.
    pub(crate) scope: String,
}

impl Clients {
    pub(crate) fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// Adds a client, unless there is one with that identifier.
    pub(crate) async fn register(
        &self,
        id: &str,
        name: &str,
        secret: Option<&str>,
        scope: &str,
    ) -> Result<(), sqlx::Error> {
        let query = "INSERT INTO clients (id, name, secret, scope) VALUES ($1, $2, $3, $4)
            ON CONFLICT DO NOTHING";
        sqlx::query(query)
            .bind(id)
            .bind(name)
            .bind(secret.map(secrets::digest))
            .bind(scope)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The client, if it has this secret or neither has one. Digests are compared, so the time that it takes tells
    /// nothing of a secret.
    pub(crate) async fn find(
        &self,
        id: &str,
        secret: Option<&str>,
    ) -> Result<Option<Client>, sqlx::Error> {
        let query =
            "SELECT id, scope FROM clients WHERE id = $1 AND secret IS NOT DISTINCT FROM $2";
        let row = sqlx::query(query)
            .bind(id)
            .bind(secret.map(secrets::digest))
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| {
            Ok(Client {
                id: row.try_get("id")?,
                scope: row.try_get("scope")?,
            })
        })
        .transpose()
    }

    /// Returns the name of each client on a page.
    pub(crate) async fn names(&self) -> Result<Vec<(String, String)>, sqlx::Error> {
        sqlx::query_as("SELECT id, name FROM clients")
            .fetch_all(&self.pool)
            .await
    }
}
