use std::fmt;

use serde::{Deserialize, Serialize};

/// Where an address is, as far as the host knows. This crate looks no address up.
///
/// ```
/// use device_grant::grant::Place;
///
/// // What a host's own database of addresses, or the header of its content delivery network, says.
/// let place = Place::new().country("de").autonomous_system(64_500);
/// assert_eq!(place.country_code(), Some("DE"));
/// assert_eq!(Place::new().country("somewhere").country_code(), None);
/// ```
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Place {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    country: Option<Country>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    autonomous_system: Option<u32>,
}

impl Place {
    /// A place of which nothing is known.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// In this country: two letters (ISO 3166-1). Anything else is an unknown country, and so are `XX`, `ZZ` and `T1`,
    /// by which databases say that they do not know.
    #[must_use]
    pub fn country(mut self, code: &str) -> Self {
        self.country = Country::parse(code);
        self
    }

    /// In the network of this number, which stands for who runs it
    /// ([RFC 6793](https://www.rfc-editor.org/rfc/rfc6793)). 0 is none.
    #[must_use]
    pub fn autonomous_system(mut self, number: u32) -> Self {
        self.autonomous_system = (number != 0).then_some(number);
        self
    }

    /// Whether nothing is known of it.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }

    /// The country's two letters, in upper case, if known.
    #[must_use]
    pub fn country_code(&self) -> Option<&str> {
        self.country.as_ref().map(Country::as_str)
    }

    /// The network's number, if known.
    #[must_use]
    pub fn autonomous_system_number(&self) -> Option<u32> {
        self.autonomous_system
    }
}

/// Two ASCII letters in upper case.
#[derive(Clone, Copy, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
struct Country([u8; 2]);

impl Country {
    fn parse(code: &str) -> Option<Self> {
        let letters: [u8; 2] = code.as_bytes().try_into().ok()?;
        let letters = letters.map(|letter| letter.to_ascii_uppercase());
        let is_known =
            letters.iter().all(u8::is_ascii_uppercase) && !matches!(&letters, b"XX" | b"ZZ");
        is_known.then_some(Self(letters))
    }

    fn as_str(&self) -> &str {
        // Two ASCII letters are UTF-8.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl TryFrom<String> for Country {
    type Error = &'static str;

    fn try_from(code: String) -> Result<Self, Self::Error> {
        Self::parse(&code).ok_or("a country is two letters")
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.as_str().to_owned()
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_country_is_unknown() {
        for code in ["", "D", "DEU", "D1", "T1", "XX", "zz", "é", "--"] {
            assert_eq!(Place::new().country(code).country_code(), None, "{code}");
        }
        assert_eq!(Place::new().country("ch").country_code(), Some("CH"));
    }

    #[test]
    fn network_zero_is_none() {
        assert_eq!(Place::new().autonomous_system(0), Place::new());
    }
}
