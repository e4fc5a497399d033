use http::HeaderMap;
use http::header::COOKIE;
use sqlx::PgPool;

use crate::secrets;

#[derive(Clone)]
pub(crate) struct Sessions {
    pool: PgPool,
    is_https: bool,
}

/// A signed-in browser.
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) user: String,
}

impl Sessions {
    pub(crate) fn new(pool: PgPool, is_https: bool) -> Self {
        Self { pool, is_https }
    }

    /// Begins a session in place of the one that the browser may have; returns its cookie.
    pub(crate) async fn begin(
        &self,
        user: &str,
        headers: &HeaderMap,
    ) -> Result<String, sqlx::Error> {
        // A sign-in never continues a session: another site may have planted its cookie.
        self.end(headers).await?;
        let id = secrets::identifier();
        let query = "INSERT INTO sessions VALUES ($1, $2, now() + interval '8 hours')";
        sqlx::query(query)
            .bind(secrets::digest(&id))
            .bind(user)
            .execute(&self.pool)
            .await?;
        // Not `Strict`, with which a browser that follows a device's link to the page would not send it.
        let attributes = "Path=/; HttpOnly; SameSite=Lax";
        let secure = if self.is_https { "; Secure" } else { "" };
        Ok(format!("{}={id}; {attributes}{secure}", self.cookie_name()))
    }

    /// The session that the browser's cookie names.
    pub(crate) async fn find(&self, headers: &HeaderMap) -> Result<Option<Session>, sqlx::Error> {
        let Some(id) = self.cookie(headers) else {
            return Ok(None);
        };
        // The user is looked at each time, so a lock takes effect before the session ends.
        let query = "SELECT user_name FROM sessions JOIN users ON name = user_name
            WHERE id = $1 AND ends_at > now() AND NOT is_locked";
        let user = sqlx::query_scalar(query)
            .bind(secrets::digest(id))
            .fetch_optional(&self.pool)
            .await?;
        let id = id.to_owned();
        Ok(user.map(|user| Session { id, user }))
    }

    pub(crate) async fn end(&self, headers: &HeaderMap) -> Result<(), sqlx::Error> {
        let id = self.cookie(headers).map(secrets::digest);
        sqlx::query("DELETE FROM sessions WHERE id = $1")
            .bind(id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    pub(crate) async fn purge(&self) -> Result<(), sqlx::Error> {
        sqlx::query("DELETE FROM sessions WHERE ends_at <= now()")
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    fn cookie<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let cookies = headers.get_all(COOKIE).iter();
        cookies
            .flat_map(|cookies| cookies.as_bytes().split(|&byte| byte == b';'))
            // A cookie of another application may have any bytes.
            .filter_map(|cookie| str::from_utf8(cookie).ok())
            .filter_map(|cookie| cookie.trim().split_once('='))
            .find_map(|(name, value)| (name == self.cookie_name()).then_some(value))
    }

    /// Browsers take the prefix from https only, and then let no other site set it.
    fn cookie_name(&self) -> &'static str {
        if self.is_https {
            "__Host-session"
        } else {
            "session"
        }
    }
}
