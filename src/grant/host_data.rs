use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Facts that the host attaches to a grant for its own use, such as a tenant or the result of a risk check.
///
/// At most [`HostData::MAX_BYTES`] as JSON. It is stored as it is, so it is no place for secrets; its
/// `Debug` shows only how many members there are.
///
/// ```
/// use device_grant::grant::HostData;
///
/// let data = HostData::new([("tenant", "blue")])?;
/// assert_eq!(data.get("tenant").and_then(|v| v.as_str()), Some("blue"));
/// # Ok::<(), device_grant::grant::HostDataTooLarge>(())
/// ```
#[derive(Clone, Default, Deserialize, PartialEq, Serialize)]
#[serde(transparent)]
pub struct HostData(Map<String, Value>);

impl HostData {
    /// The most that the data may take up as JSON.
    pub const MAX_BYTES: usize = 8 * 1024;

    /// Data with these members.
    ///
    /// # Errors
    ///
    /// [`HostDataTooLarge`] when it exceeds [`HostData::MAX_BYTES`] as JSON.
    pub fn new<N, V>(members: impl IntoIterator<Item = (N, V)>) -> Result<Self, HostDataTooLarge>
    where
        N: Into<String>,
        V: Into<Value>,
    {
        let members: Map<_, _> = members
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        let bytes = serde_json::to_vec(&members).map_or(usize::MAX, |json| json.len());
        if bytes > Self::MAX_BYTES {
            Err(HostDataTooLarge { bytes })
        } else {
            Ok(Self(members))
        }
    }

    /// The value of a member.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Whether there is no member.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All members in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

impl fmt::Debug for HostData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HostData({} members)", self.0.len())
    }
}

/// The host data exceeds [`HostData::MAX_BYTES`].
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("host data takes {bytes} bytes as JSON, more than {max}", max = HostData::MAX_BYTES)]
#[non_exhaustive]
pub struct HostDataTooLarge {
    /// Its size as JSON.
    pub bytes: usize,
}
