//! The tokens of the app, by what they were issued for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Tokens that are live, with whose they are and the sign-in that each belongs to.
#[derive(Clone, Default)]
pub(crate) struct Tokens(Arc<Mutex<HashMap<String, Owner>>>);

struct Owner {
    user: String,
    sign_in: String,
}

impl Tokens {
    pub(crate) fn put(&self, token: &str, user: &str, sign_in: &str) {
        let owner = Owner {
            user: user.to_owned(),
            sign_in: sign_in.to_owned(),
        };
        self.lock().insert(token.to_owned(), owner);
    }

    pub(crate) fn user(&self, token: &str) -> Option<String> {
        Some(self.lock().get(token)?.user.clone())
    }

    pub(crate) fn remove(&self, token: &str) -> bool {
        self.lock().remove(token).is_some()
    }

    /// Ends all tokens of a sign-in.
    pub(crate) fn end(&self, sign_in: &str) {
        self.lock().retain(|_, owner| owner.sign_in != sign_in);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Owner>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
