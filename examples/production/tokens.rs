//! Access tokens that are JWTs ([RFC 9068](https://www.rfc-editor.org/rfc/rfc9068)), ID tokens, and refresh tokens that
//! rotate.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use serde_json::{Map, Value, json};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgPool, Row};

use crate::secrets;
use crate::signing::SigningKey;

/// How long access tokens and ID tokens live.
const LIFETIME: Duration = Duration::from_secs(600);

pub(crate) type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

#[derive(Clone)]
pub(crate) struct Tokens {
    pool: PgPool,
    pub(crate) key: Arc<SigningKey>,
    issuer: String,
}

/// A client that acts for a user.
struct SignIn {
    id: String,
    client: String,
    user: String,
    scope: String,
}

/// Whose access token it is.
#[derive(Deserialize)]
pub(crate) struct Access {
    pub(crate) sub: String,
    client_id: String,
    sid: String,
    exp: u64,
    pub(crate) scope: String,
}

impl Tokens {
    pub(crate) fn new(pool: PgPool, key: Arc<SigningKey>, issuer: &str) -> Self {
        let issuer = issuer.to_owned();
        Self { pool, key, issuer }
    }

    /// Lets a client act for a user, and issues its first tokens, as the token endpoint sends them. None for a user who is
    /// locked or gone.
    pub(crate) async fn begin(
        &self,
        client: &str,
        user: &str,
        scope: &str,
    ) -> Fallible<Option<Value>> {
        let mut transaction = self.pool.begin().await?;
        let query = "INSERT INTO sign_ins SELECT $1, $2, name, $4, now() + interval '90 days'
            FROM users WHERE name = $3 AND NOT is_locked
            RETURNING *";
        let row = sqlx::query(query)
            .bind(secrets::identifier())
            .bind(client)
            .bind(user)
            .bind(scope)
            .fetch_optional(&mut *transaction)
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let issued = self.issue(&mut transaction, &sign_in(&row)?).await?;
        transaction.commit().await?;
        Ok(Some(issued))
    }

    /// Exchanges a refresh token of this client for new tokens. One that was used before was stolen, from the client or by
    /// it, and ends the sign-in.
    pub(crate) async fn refresh(&self, client: &str, token: &str) -> Fallible<Option<Value>> {
        let mut transaction = self.pool.begin().await?;
        let query = "UPDATE refresh_tokens AS token SET is_spent = true
            FROM sign_ins AS sign_in JOIN users ON name = user_name
            WHERE token.id = $1 AND NOT is_spent AND sign_in.id = token.sign_in AND client_id = $2
                AND NOT is_locked AND ends_at > now()
            RETURNING sign_in.*";
        let row = sqlx::query(query)
            .bind(secrets::digest(token))
            .bind(client)
            .fetch_optional(&mut *transaction)
            .await?;
        let Some(row) = row else {
            transaction.rollback().await?;
            self.end_by_spent(client, token).await?;
            return Ok(None);
        };
        let issued = self.issue(&mut transaction, &sign_in(&row)?).await?;
        transaction.commit().await?;
        Ok(Some(issued))
    }

    /// What a live access token stands for.
    pub(crate) async fn access(&self, token: &str) -> Fallible<Option<Access>> {
        let Some(access) = self.key.verify::<Access>("at+jwt", token) else {
            return Ok(None);
        };
        let query = "SELECT FROM sign_ins JOIN users ON name = user_name
            WHERE id = $1 AND NOT is_locked AND ends_at > now()";
        let live = sqlx::query(query)
            .bind(&access.sid)
            .fetch_optional(&self.pool)
            .await?;
        Ok((live.is_some() && seconds(now()) < access.exp).then_some(access))
    }

    /// Ends a sign-in, and all of its tokens with it.
    pub(crate) async fn end(&self, id: &str) -> Result<(), sqlx::Error> {
        sqlx::query("DELETE FROM sign_ins WHERE id = $1")
            .bind(id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Ends the sign-in of a token of this client, of either kind
    /// ([RFC 7009](https://www.rfc-editor.org/rfc/rfc7009)).
    pub(crate) async fn revoke(&self, client: &str, token: &str) -> Result<(), sqlx::Error> {
        match self.key.verify::<Access>("at+jwt", token) {
            Some(access) if access.client_id == client => self.end(&access.sid).await,
            Some(_) => Ok(()),
            None => {
                let query = "DELETE FROM sign_ins USING refresh_tokens AS token
                    WHERE token.sign_in = sign_ins.id AND token.id = $1 AND client_id = $2";
                self.delete_by(query, client, token).await
            }
        }
    }

    pub(crate) async fn purge(&self) -> Result<(), sqlx::Error> {
        sqlx::query("DELETE FROM sign_ins WHERE ends_at <= now()")
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    async fn end_by_spent(&self, client: &str, token: &str) -> Result<(), sqlx::Error> {
        let query = "DELETE FROM sign_ins USING refresh_tokens AS token
            WHERE token.sign_in = sign_ins.id AND token.id = $1 AND client_id = $2 AND is_spent";
        self.delete_by(query, client, token).await
    }

    async fn delete_by(
        &self,
        query: &'static str,
        client: &str,
        token: &str,
    ) -> Result<(), sqlx::Error> {
        sqlx::query(query)
            .bind(secrets::digest(token))
            .bind(client)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    async fn issue(&self, connection: &mut PgConnection, sign_in: &SignIn) -> Fallible<Value> {
        let has = |token: &str| sign_in.scope.split(' ').any(|held| held == token);
        let mut issued = Map::new();
        let mut put = |name: &str, value: Value| _ = issued.insert(name.to_owned(), value);
        put("access_token", self.access_token(sign_in)?.into());
        put("token_type", "Bearer".into());
        put("expires_in", LIFETIME.as_secs().into());
        put("scope", sign_in.scope.as_str().into());
        if has("openid") {
            put("id_token", self.id_token(sign_in)?.into());
        }
        if has("offline_access") {
            let token = draw_refresh_token(connection, &sign_in.id).await?;
            put("refresh_token", token.into());
        }
        Ok(issued.into())
    }

    fn access_token(&self, sign_in: &SignIn) -> serde_json::Result<String> {
        let issued_at = seconds(now());
        let claims = json!({
            "iss": self.issuer,
            "sub": sign_in.user,
            "aud": self.issuer,
            "client_id": sign_in.client,
            "scope": sign_in.scope,
            "sid": sign_in.id,
            "jti": secrets::identifier(),
            "iat": issued_at,
            "exp": issued_at + LIFETIME.as_secs(),
        });
        self.key.sign("at+jwt", &claims)
    }

    fn id_token(&self, sign_in: &SignIn) -> serde_json::Result<String> {
        let issued_at = seconds(now());
        let claims = json!({
            "iss": self.issuer,
            "sub": sign_in.user,
            "aud": sign_in.client,
            "iat": issued_at,
            "exp": issued_at + LIFETIME.as_secs(),
        });
        self.key.sign("JWT", &claims)
    }
}

async fn draw_refresh_token(
    connection: &mut PgConnection,
    sign_in: &str,
) -> Result<String, sqlx::Error> {
    let token = secrets::identifier();
    sqlx::query("INSERT INTO refresh_tokens (id, sign_in) VALUES ($1, $2)")
        .bind(secrets::digest(&token))
        .bind(sign_in)
        .execute(connection)
        .await?;
    Ok(token)
}

fn sign_in(row: &PgRow) -> Fallible<SignIn> {
    Ok(SignIn {
        id: row.try_get("id")?,
        client: row.try_get("client_id")?,
        user: row.try_get("user_name")?,
        scope: row.try_get("scope")?,
    })
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}

#[expect(
    clippy::disallowed_methods,
    reason = "tokens are the host's, and so is their clock"
)]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}
