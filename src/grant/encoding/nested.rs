use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::value::RawValue;

/// JSON of others inside of a record, read from its own root.
///
/// The reader allows a certain depth. What was let in at exactly that depth lies deeper in a record, and
/// would no longer read.
#[derive(PartialEq, Serialize)]
#[serde(transparent)]
pub(super) struct Nested<T>(pub(super) T);

impl<'de, T: de::DeserializeOwned> Deserialize<'de> for Nested<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = <&RawValue>::deserialize(deserializer)?;
        serde_json::from_str(json.get())
            .map(Self)
            .map_err(|_| de::Error::custom("no JSON of the kind that belongs here"))
    }
}
