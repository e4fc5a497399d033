//! `device-grant` with the features `page`, `postgres-sqlx-09` and `tower`, behind axum, over PostgreSQL.

mod app;

use std::error::Error;

use device_grant::code::CodeKeys;
use device_grant::limiter::SqlLimiter;
use device_grant::sql::Database;
use device_grant::store::SqlStore;
use sqlx::postgres::{PgConnectOptions, PgPool};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let pool = PgPool::connect_with(PgConnectOptions::new()).await?;
    let keys = CodeKeys::parse(&std::env::var("DEVICE_GRANT_CODE_KEY")?)?;
    let database = Database::from(pool);
    database.migrate().await?;
    let store = |builder: device_grant::Builder| {
        let builder = builder.store(SqlStore::new(database.clone()));
        builder.limiter(SqlLimiter::new(database)).keys(keys)
    };
    app::serve(store).await
}
