use std::fmt;

/// The place of an address, as far as your server knows it. This crate does not look addresses up.
///
/// ```
/// use device_grant::grant::Place;
///
/// // What a host's own database of addresses, or the header of its content delivery network, says.
/// let place = Place::new().with_country("de").with_autonomous_system(64_500);
/// assert_eq!(place.country(), Some("DE"));
/// assert_eq!(Place::new().with_country("somewhere").country(), None);
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Place {
    country: Option<Country>,
    autonomous_system: Option<u32>,
}

impl Place {
    /// An unknown place.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the country: two letters (ISO 3166-1). Other texts are an unknown country, and so are `XX`, `ZZ`, `AP` and
    /// `EU`, which databases use for unknown.
    ///
    /// `T1` stands for Tor, as in Cloudflare's `CF-IPCountry`. It is never the same country as another one, not even as another
    /// `T1`.
    #[must_use]
    pub fn with_country(mut self, code: &str) -> Self {
        self.country = Country::parse(code);
        self
    }

    /// Sets the number of the autonomous system, which identifies the operator of the network
    /// ([RFC 6793](https://www.rfc-editor.org/rfc/rfc6793)). 0 means unknown.
    #[must_use]
    pub fn with_autonomous_system(mut self, number: u32) -> Self {
        self.autonomous_system = (number != 0).then_some(number);
        self
    }

    /// Returns whether both are in one country, if known. Who comes through Tor hides their country, and is in no other's.
    pub(crate) fn is_in_country_of(&self, other: &Self) -> Option<bool> {
        if [self.country, other.country].contains(&Some(Country::TOR)) {
            return Some(false);
        }
        Some(self.country? == other.country?)
    }

    /// Returns the country's two letters, in upper case, if known; `T1` for Tor.
    #[must_use]
    pub fn country(&self) -> Option<&str> {
        self.country.as_ref().map(Country::as_str)
    }

    /// Returns the number of the autonomous system, if known.
    #[must_use]
    pub fn autonomous_system(&self) -> Option<u32> {
        self.autonomous_system
    }
}

/// Two ASCII letters in upper case, or `T1`.
#[derive(Clone, Copy, Eq, PartialEq)]
struct Country([u8; 2]);

impl Country {
    const TOR: Self = Self(*b"T1");

    fn parse(code: &str) -> Option<Self> {
        let letters: [u8; 2] = code.as_bytes().try_into().ok()?;
        let letters = letters.map(|letter| letter.to_ascii_uppercase());
        let is_country = letters.iter().all(u8::is_ascii_uppercase)
            && !matches!(&letters, b"AP" | b"EU" | b"XX" | b"ZZ");
        let country = Self(letters);
        (is_country || country == Self::TOR).then_some(country)
    }

    fn as_str(&self) -> &str {
        // ASCII is UTF-8.
        std::str::from_utf8(&self.0).unwrap_or_default()
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
    fn places_are_compared_by_country_where_both_are_known() {
        let place = |code| Place::new().with_country(code);
        for (one, other, expected) in [
            ("DE", "DE", Some(true)),
            ("DE", "CH", Some(false)),
            ("DE", "", None),
            ("", "", None),
            ("T1", "T1", Some(false)),
            ("T1", "", Some(false)),
        ] {
            let found = place(one).is_in_country_of(&place(other));
            assert_eq!(found, expected, "{one:?} {other:?}");
        }
    }

    #[test]
    fn what_is_no_country_is_unknown() {
        for code in [
            "", "D", "DEU", "D1", "T2", "1T", "XX", "zz", "EU", "ap", "é", "--",
        ] {
            assert_eq!(Place::new().with_country(code).country(), None, "{code}");
        }
        assert_eq!(Place::new().with_country("ch").country(), Some("CH"));
    }

    #[test]
    fn tor_is_in_no_country_of_another() {
        let tor = Place::new().with_country("t1");
        for other in ["T1", "DE", "XX", ""] {
            let other = Place::new().with_country(other);
            assert_eq!(tor.is_in_country_of(&other), Some(false), "{other:?}");
            assert_eq!(other.is_in_country_of(&tor), Some(false), "{other:?}");
        }
    }

    #[test]
    fn network_zero_is_none() {
        assert_eq!(Place::new().with_autonomous_system(0), Place::new());
    }
}
