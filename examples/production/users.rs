use std::sync::Arc;

use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use sqlx::PgPool;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::tokens::Fallible;

/// The number of passwords that are hashed at a time. Each takes 19 MiB and a processor.
const AT_A_TIME: usize = 2;

/// A password that is nobody's, of the same cost as the others.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[derive(Clone)]
pub(crate) struct Users {
    pool: PgPool,
    hashing: Arc<Semaphore>,
}

impl Users {
    pub(crate) fn new(pool: PgPool) -> Self {
        Self {
            pool,
            hashing: Arc::new(Semaphore::new(AT_A_TIME)),
        }
    }

    /// Adds a user, unless there is one of that name.
    pub(crate) async fn register(&self, name: &str, password: &str) -> Fallible<()> {
        let password = password.to_owned();
        let hashed = self.apart(move || hash(&password)).await??;
        sqlx::query("INSERT INTO users (name, password) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(name)
            .bind(hashed)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Returns whether a user who may sign in has this name and password. It takes the same time if not.
    pub(crate) async fn knows(&self, name: &str, password: &str) -> Fallible<bool> {
        let query = "SELECT password FROM users WHERE name = $1 AND NOT is_locked";
        let held: Option<String> = sqlx::query_scalar(query)
            .bind(name)
            .fetch_optional(&self.pool)
            .await?;
        let (is_known, password) = (held.is_some(), password.to_owned());
        let verify = move || {
            let held = held.as_deref().unwrap_or(NOBODYS);
            let verified = Argon2::default().verify_password(password.as_bytes(), held);
            verified.is_ok()
        };
        // Verified also for an unknown name: a quick answer would tell that nobody has it.
        Ok(self.apart(verify).await? && is_known)
    }

    /// Does what takes long where it holds up no request.
    async fn apart<T: Send + 'static>(
        &self,
        hashing: impl FnOnce() -> T + Send + 'static,
    ) -> Fallible<T> {
        let _permit = self.hashing.acquire().await?;
        Ok(spawn_blocking(hashing).await?)
    }
}

fn hash(password: &str) -> argon2::password_hash::Result<String> {
    let hashed = Argon2::default().hash_password(password.as_bytes())?;
    Ok(hashed.to_string())
}
