//! Access tokens that are JWTs ([RFC 9068](https://www.rfc-editor.org/rfc/rfc9068)), ID tokens, and refresh tokens that
//! rotate.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use serde_json::{Map, Value, json};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgExecutor, PgPool, Row};

use crate::secrets;
use crate::signing::SigningKey;

/// The lifetime of access tokens and ID tokens.
const LIFETIME: Duration = Duration::from_secs(600);

/// The time for which a client may act for a user.
pub(crate) const LONGEST_SIGN_IN: Duration = Duration::from_secs(90 * 86_400);

pub(crate) type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

#[derive(Clone)]
pub(crate) struct Tokens {
    pool: PgPool,
    pub(crate) key: Arc<SigningKey>,
    issuer: String,
}

/// A client that is to act for a user.
pub(crate) struct NewSignIn<'a> {
    pub(crate) client: &'a str,
    pub(crate) user: &'a str,
    pub(crate) scope: &'a str,
    /// By whatever name the rest of the server knows what this comes from.
    pub(crate) origin: &'a str,
    /// True to end every sign-in that came from there before.
    pub(crate) replaces: bool,
    /// Repeated in the first ID token
    /// ([OpenID Connect Core §2](https://openid.net/specs/openid-connect-core-1_0.html#IDToken)).
    pub(crate) nonce: Option<&'a str>,
}

/// A client that acts for a user.
struct SignIn {
    id: String,
    client: String,
    user: String,
    scope: String,
}

/// The claims of an access token.
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
    pub(crate) async fn begin(&self, new: &NewSignIn<'_>) -> Fallible<Option<Value>> {
        let mut transaction = self.pool.begin().await?;
        if new.replaces {
            replace(&mut transaction, new.origin).await?;
        }
        // One statement asks and inserts, so that a user who was locked before it gets no tokens.
        let query = "INSERT INTO sign_ins
            SELECT $1, $2, name, $4, $5, now() + $6 * interval '1 second'
            FROM users WHERE name = $3 AND NOT is_locked
            RETURNING *";
        let row = sqlx::query(query)
            .bind(secrets::identifier())
            .bind(new.client)
            .bind(new.user)
            .bind(new.scope)
            .bind(new.origin)
            .bind(LONGEST_SIGN_IN.as_secs_f64())
            .fetch_optional(&mut *transaction)
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let sign_in = sign_in(&row)?;
        let issued = self.issue(&mut transaction, &sign_in, new.nonce).await?;
        transaction.commit().await?;
        Ok(Some(issued))
    }

    /// Exchanges a refresh token of this client for new tokens. One that was used before was stolen, from the client or by
    /// it, and ends the sign-in.
    pub(crate) async fn refresh(&self, client: &str, token: &str) -> Fallible<Option<Value>> {
        let mut transaction = self.pool.begin().await?;
        // One statement finds and spends it, so of two requests with one token only one gets the next.
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
        let sign_in = sign_in(&row)?;
        let issued = self.issue(&mut transaction, &sign_in, None).await?;
        transaction.commit().await?;
        Ok(Some(issued))
    }

    /// Returns the claims of a live access token.
    pub(crate) async fn access(&self, token: &str) -> Fallible<Option<Access>> {
        let Some(access) = self.key.verify::<Access>("at+jwt", token) else {
            return Ok(None);
        };
        // The signature alone would be good until `exp`, also after a sign-out or a lock.
        let query = "SELECT FROM sign_ins JOIN users ON name = user_name
            WHERE id = $1 AND NOT is_locked AND ends_at > now()";
        let live = sqlx::query(query)
            .bind(&access.sid)
            .fetch_optional(&self.pool)
            .await?;
        Ok((live.is_some() && seconds(now()) < access.exp).then_some(access))
    }

    /// Ends a sign-in, and all of its tokens with it.
    async fn end(&self, id: &str) -> Result<(), sqlx::Error> {
        sqlx::query("DELETE FROM sign_ins WHERE id = $1")
            .bind(id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Ends every sign-in that comes from there.
    pub(crate) async fn end_origin(&self, origin: &str) -> Result<(), sqlx::Error> {
        end_origin(&self.pool, origin).await
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

    async fn issue(
        &self,
        connection: &mut PgConnection,
        sign_in: &SignIn,
        nonce: Option<&str>,
    ) -> Fallible<Value> {
        let has = |token: &str| sign_in.scope.split(' ').any(|held| held == token);
        let mut issued = Map::new();
        let mut put = |name: &str, value: Value| _ = issued.insert(name.to_owned(), value);
        put("access_token", self.access_token(sign_in)?.into());
        put("token_type", "Bearer".into());
        put("expires_in", LIFETIME.as_secs().into());
        put("scope", sign_in.scope.as_str().into());
        if has("openid") {
            put("id_token", self.id_token(sign_in, nonce)?.into());
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

    fn id_token(&self, sign_in: &SignIn, nonce: Option<&str>) -> serde_json::Result<String> {
        let issued_at = seconds(now());
        let mut claims = json!({
            "iss": self.issuer,
            "sub": sign_in.user,
            "aud": sign_in.client,
            "iat": issued_at,
            "exp": issued_at + LIFETIME.as_secs(),
        });
        if let (Some(nonce), Some(claims)) = (nonce, claims.as_object_mut()) {
            claims.insert("nonce".to_owned(), nonce.into());
        }
        self.key.sign("JWT", &claims)
    }
}

/// Ends every sign-in that comes from there. Others that do the same wait for the end of the transaction, so that one is left.
async fn replace(connection: &mut PgConnection, origin: &str) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(origin)
        .execute(&mut *connection)
        .await?;
    end_origin(connection, origin).await
}

async fn end_origin(database: impl PgExecutor<'_>, origin: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM sign_ins WHERE origin = $1")
        .bind(origin)
        .execute(database)
        .await?;
    Ok(())
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
