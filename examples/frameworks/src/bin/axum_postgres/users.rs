use std::sync::{Arc, LazyLock};

use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use sqlx::PgPool;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// How many passwords are hashed at a time: each takes 19 MiB and a processor.
const AT_A_TIME: usize = 2;

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
    pub(crate) async fn register(&self, name: &str, password: &str) -> Result<(), sqlx::Error> {
        let password = password.to_owned();
        let hashed = self.apart(move || hash(&password)).await;
        sqlx::query("INSERT INTO users (name, password) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(name)
            .bind(hashed)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Whether there is such a user, who may sign in, with this password. It takes as long if not.
    pub(crate) async fn knows(&self, name: &str, password: &str) -> Result<bool, sqlx::Error> {
        /// Nobody's.
        static OTHERWISE: LazyLock<String> = LazyLock::new(|| hash("nobody's"));

        let query = "SELECT password FROM users WHERE name = $1 AND NOT is_locked";
        let held: Option<String> = sqlx::query_scalar(query)
            .bind(name)
            .fetch_optional(&self.pool)
            .await?;
        let (is_known, password) = (held.is_some(), password.to_owned());
        let is_right = self
            .apart(move || {
                let held = held.as_ref().unwrap_or(&OTHERWISE);
                let verified =
                    Argon2::default().verify_password(password.as_bytes(), held.as_str());
                verified.is_ok()
            })
            .await;
        Ok(is_known && is_right)
    }

    /// Does what takes long where it holds up no request.
    async fn apart<T: Send + 'static>(&self, hashing: impl FnOnce() -> T + Send + 'static) -> T {
        let _permit = self.hashing.acquire().await.expect("it is never closed");
        spawn_blocking(hashing).await.expect("it does not panic")
    }
}

fn hash(password: &str) -> String {
    let hashed = Argon2::default().hash_password(password.as_bytes());
    hashed.expect("a password has no bad length").to_string()
}
