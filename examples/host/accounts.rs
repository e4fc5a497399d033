//! Users and browser sessions.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::place::Place;
use super::random;

/// The accounts besides those that are asked for by number: the password of each is their name.
const USERS: [&str; 2] = ["alice", "bob"];

/// A signed-in browser.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) user: String,
    pub(crate) since: SystemTime,
}

#[derive(Clone)]
pub(crate) struct Accounts {
    sessions: Arc<Mutex<HashMap<String, Session>>>,
    /// The number of users `user1`, `user2` and so on.
    numbered: u32,
    pub(crate) place: Place,
}

impl Accounts {
    pub(crate) fn new(place: Place, numbered: u32) -> Self {
        Self {
            sessions: Arc::default(),
            numbered,
            place,
        }
    }

    /// Signs a user in; the identifier of the new session goes into a cookie.
    pub(crate) fn sign_in(&self, name: &str, password: &str, now: SystemTime) -> Option<Session> {
        if !self.has(name) || name != password {
            return None;
        }
        let session = Session {
            id: random::identifier(),
            user: name.to_owned(),
            since: now,
        };
        self.lock().insert(session.id.clone(), session.clone());
        Some(session)
    }

    fn has(&self, name: &str) -> bool {
        let number = name
            .strip_prefix("user")
            .and_then(|number| number.parse().ok());
        let is_numbered = number.is_some_and(|number: u32| {
            // Compared as text as well: `user01` and `user+1` are not the name of `user1`.
            (1..=self.numbered).contains(&number) && name == format!("user{number}")
        });
        is_numbered || USERS.contains(&name)
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
