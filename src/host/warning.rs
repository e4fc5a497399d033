use sha2::{Digest, Sha256};

use crate::text::Hex;

/// A warning of a policy to an end user, who may then approve all the same: the host's words, in as many languages as it
/// has them.
///
/// ```
/// use device_grant::host::Warning;
///
/// let warning = Warning::new("This device is in another country.")
///     .translated("de", "Dieses Gerät ist in einem anderen Land.");
/// assert_eq!(warning.text("de"), "Dieses Gerät ist in einem anderen Land.");
/// assert_eq!(warning.text("ar"), "This device is in another country.");
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Warning {
    text: String,
    translations: Vec<(String, String)>,
}

impl Warning {
    /// A warning in these words, plain text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            translations: Vec::new(),
        }
    }

    /// The same in another language, such as `de`
    /// ([RFC 5646](https://www.rfc-editor.org/rfc/rfc5646)).
    #[must_use]
    pub fn translated(mut self, language: &str, text: impl Into<String>) -> Self {
        self.translations.push((language.to_owned(), text.into()));
        self
    }

    /// The words in this language, or those that it was made with.
    #[must_use]
    pub fn text(&self, language: &str) -> &str {
        let mut translations = self.translations.iter();
        let found = translations.find(|(known, _)| known.eq_ignore_ascii_case(language));
        found.map_or(&self.text, |(_, text)| text)
    }

    /// The digest that tells it from every other warning: for a hidden field of the form that asks once more. An end user who
    /// has read one warning has not read another.
    #[must_use]
    pub fn id(&self) -> String {
        let mut digest = Sha256::new();
        let translated = self.translations.iter().map(|(_, text)| text);
        for text in std::iter::once(&self.text).chain(translated) {
            digest.update(text.len().to_le_bytes());
            digest.update(text);
        }
        let digest: [u8; 32] = digest.finalize().into();
        let (id, _) = digest.split_at(16);
        Hex(id).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_text_in_any_language_is_another_warning() {
        let warning = Warning::new("one").translated("de", "eins");
        assert_eq!(warning.id(), warning.clone().id());
        assert_eq!(warning.id().len(), 32);
        for other in [
            Warning::new("one"),
            Warning::new("two").translated("de", "eins"),
            Warning::new("one").translated("de", "zwei"),
            Warning::new("oneeins").translated("de", ""),
        ] {
            assert_ne!(warning.id(), other.id(), "{other:?}");
        }
    }
}
