use std::fmt;

use serde_json::{Map, Value};

use crate::invalid_value::InvalidValue;

/// Data that you attach to a grant for your own use, such as a tenant or the result of a risk check.
///
/// It has at most [`HostData::MAX_BYTES`] as JSON and [`HostData::MAX_DEPTH`] levels. It is stored unencrypted, so do not put
/// secrets into it. `Debug` shows only the number of members.
///
/// ```
/// use device_grant::grant::HostData;
///
/// let data = HostData::new([("tenant", "blue")])?;
/// assert_eq!(data.get("tenant").and_then(|v| v.as_str()), Some("blue"));
/// # Ok::<(), device_grant::InvalidValue>(())
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct HostData(Map<String, Value>);

impl HostData {
    /// The largest size of the data as JSON: 8 KiB.
    pub const MAX_BYTES: usize = 8 * 1024;
    /// The largest number of nested arrays and objects: 64, which every JSON parser can read.
    pub const MAX_DEPTH: usize = 64;

    /// Data with these members.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] if it is larger than [`HostData::MAX_BYTES`] or deeper than [`HostData::MAX_DEPTH`].
    pub fn new<N, V>(members: impl IntoIterator<Item = (N, V)>) -> Result<Self, InvalidValue>
    where
        N: Into<String>,
        V: Into<Value>,
    {
        let members: Map<_, _> = members
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        // Before the size is measured: writing recurses, and could overflow the stack on a value that is deep enough.
        if !members.values().all(|value| fits(value, Self::MAX_DEPTH)) {
            let max = Self::MAX_DEPTH;
            return Err(InvalidValue::of(format_args!(
                "host data is nested deeper than {max} levels"
            )));
        }
        let bytes = serde_json::to_vec(&members).map_or(usize::MAX, |json| json.len());
        if bytes > Self::MAX_BYTES {
            let max = Self::MAX_BYTES;
            return Err(InvalidValue::of(format_args!(
                "host data takes {bytes} bytes as JSON, more than {max}"
            )));
        }
        Ok(Self(members))
    }

    /// Returns the value of a member.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The same data with more members, which replace those of their names.
    ///
    /// # Errors
    ///
    /// As [`HostData::new`].
    #[cfg(feature = "page")]
    pub(crate) fn and(&self, more: &[(&str, &str)]) -> Result<Self, InvalidValue> {
        let more = more
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
        Self::new(self.0.clone().into_iter().chain(more))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Members that a store kept, which were checked when they came in.
    pub(super) fn from_stored(members: Map<String, Value>) -> Self {
        Self(members)
    }

    pub(super) fn members(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Returns all members.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

impl fmt::Debug for HostData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HostData({} members)", self.0.len())
    }
}

/// Returns whether it is at most so deep.
fn fits(value: &Value, depth: usize) -> bool {
    let Some(left) = depth.checked_sub(1) else {
        return false;
    };
    match value {
        Value::Array(items) => items.iter().all(|item| fits(item, left)),
        Value::Object(members) => members.values().all(|member| fits(member, left)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}
