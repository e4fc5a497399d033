//! Users and browser sessions.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::random;

/// Who may sign in: the password of each is their name.
const USERS: [&str; 2] = ["alice", "bob"];

/// A signed-in browser.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) user: &'static str,
    pub(crate) since: SystemTime,
}

#[derive(Clone, Default)]
pub(crate) struct Accounts {
    sessions: Arc<Mutex<HashMap<String, Session>>>,
}

impl Accounts {
    /// Signs a user in; the identifier of the new session goes into a cookie.
    pub(crate) fn sign_in(&self, name: &str, password: &str, now: SystemTime) -> Option<Session> {
        let user = *USERS.iter().find(|user| **user == name)?;
        if name != password {
            return None;
        }
        let session = Session {
            id: random::identifier(),
            user,
            since: now,
        };
        self.lock().insert(session.id.clone(), session.clone());
        Some(session)
    }

    pub(crate) fn sign_out(&self, session: &str) {
        self.lock().remove(session);
    }

    pub(crate) fn session(&self, id: &str) -> Option<Session> {
        self.lock().get(id).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
