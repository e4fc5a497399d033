//! The server's own tables.

use sqlx::PgPool;

use crate::{secrets, signing};

/// Any number: nodes that start at the same time wait for each other under it.
const LOCK: i64 = 0x5eed;

/// Creates the tables and a signing key, unless they are there; returns the key.
pub(crate) async fn prepare(pool: &PgPool) -> Result<Vec<u8>, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    // `IF NOT EXISTS` does not protect nodes that start at once: the later one fails at an index of the catalogue.
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(LOCK)
        .execute(&mut *transaction)
        .await?;
    sqlx::raw_sql(include_str!("schema.sql"))
        .execute(&mut *transaction)
        .await?;
    // Under the lock as well: all nodes have to sign with one key.
    let known: Option<Vec<u8>> = sqlx::query_scalar("SELECT secret FROM signing_keys LIMIT 1")
        .fetch_optional(&mut *transaction)
        .await?;
    let key = match known {
        Some(key) => key,
        None => {
            let key = signing::draw_key(secrets::bytes);
            sqlx::query("INSERT INTO signing_keys (id, secret) VALUES ($1, $2)")
                .bind(secrets::identifier())
                .bind(&key)
                .execute(&mut *transaction)
                .await?;
            key
        }
    };
    transaction.commit().await?;
    Ok(key)
}
