//! The tokens of the app, by what they were issued for.

use sqlx_08 as sqlx;
use sqlx_08::PgPool;

/// Tokens that are live, with whose they are, the client that has them and the sign-in that each belongs to. A server of yours keeps digests of
/// them, and when they end.
#[derive(Clone)]
pub(crate) struct Tokens(PgPool);

impl Tokens {
    pub(crate) async fn create(pool: PgPool) -> Result<Self, sqlx::Error> {
        let table = "CREATE TABLE IF NOT EXISTS tokens
            (token text PRIMARY KEY, user_name text, client text, sign_in text)";
        sqlx::query(table).execute(&pool).await?;
        Ok(Self(pool))
    }

    pub(crate) async fn put(
        &self,
        token: &str,
        user: &str,
        client: &str,
        sign_in: &str,
    ) -> Result<(), sqlx::Error> {
        let query = sqlx::query("INSERT INTO tokens VALUES ($1, $2, $3, $4)");
        let query = query.bind(token).bind(user).bind(client).bind(sign_in);
        query.execute(&self.0).await.map(drop)
    }

    pub(crate) async fn user(&self, token: &str) -> Result<Option<String>, sqlx::Error> {
        let query = sqlx::query_scalar("SELECT user_name FROM tokens WHERE token = $1");
        query.bind(token).fetch_optional(&self.0).await
    }

    /// Ends a token of this client. Those of others stay.
    pub(crate) async fn remove(&self, token: &str, client: &str) -> Result<(), sqlx::Error> {
        let query = sqlx::query("DELETE FROM tokens WHERE token = $1 AND client = $2");
        query
            .bind(token)
            .bind(client)
            .execute(&self.0)
            .await
            .map(drop)
    }

    /// Ends all tokens of a sign-in.
    pub(crate) async fn end(&self, sign_in: &str) -> Result<(), sqlx::Error> {
        let query = sqlx::query("DELETE FROM tokens WHERE sign_in = $1").bind(sign_in);
        query.execute(&self.0).await.map(drop)
    }
}
