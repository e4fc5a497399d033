use std::fmt;

use serde_json::{Map, Value};
use zeroize::Zeroize;

/// Holds members beyond the standard ones of a response; they may be secrets, such as an ID token.
#[derive(Clone, Default)]
pub(crate) struct ExtraMembers(Map<String, Value>);

impl ExtraMembers {
    pub(crate) fn new(members: Map<String, Value>) -> Self {
        Self(members)
    }

    /// Takes one out.
    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }

    pub(crate) fn insert(&mut self, name: String, value: Value) {
        // The map would free the old value as it is, with the token in it.
        if let Some(mut replaced) = self.0.insert(name, value) {
            wipe(&mut replaced);
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

impl Drop for ExtraMembers {
    fn drop(&mut self) {
        self.0.values_mut().for_each(wipe);
    }
}

impl fmt::Debug for ExtraMembers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Overwrites every text in `value`.
pub(crate) fn wipe(value: &mut Value) {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
    }
}
