use sha2::{Digest, Sha256};

use crate::text::Hex;

/// A warning of a policy to an end user, who may then approve in spite of it: a text in one or more languages.
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
    /// A warning with this plain text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            translations: Vec::new(),
        }
    }

    /// Adds the text in another language, such as `de`
    /// ([RFC 5646](https://www.rfc-editor.org/rfc/rfc5646)).
    #[must_use]
    pub fn translated(mut self, language: &str, text: impl Into<String>) -> Self {
        self.translations.push((language.to_owned(), text.into()));
        self
    }

    /// Returns the text in this language, or else the first text.
    #[must_use]
    pub fn text(&self, language: &str) -> &str {
        let mut translations = self.translations.iter();
        let found = translations.find(|(known, _)| known.eq_ignore_ascii_case(language));
        found.map_or(&self.text, |(_, text)| text)
    }

    /// Returns a digest of the warning, for a hidden field of the second form. It ensures that the end user confirms the warning
    /// that they have read, and not another one.
    #[must_use]
    pub fn id(&self) -> String {
        let mut digest = Sha256::new();
        let translated = self.translations.iter().map(|(_, text)| text);
        for text in std::iter::once(&self.text).chain(translated) {
            digest.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_le_bytes());
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
