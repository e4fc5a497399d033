/// The language of a page.
///
/// The first language that the pages have wins: of those in the `ui_locales` of the page's own address
/// ([OpenID Connect Core §3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest)), then of those
/// in `Accept-Language`. The default is English. The `ui_locales` that a device sent choose only among the languages
/// in `Accept-Language`: whoever started the request chose them, and must not choose a language that the visitor
/// cannot read. On a page in a language that the browser does not accept, the word of caution is in the browser's
/// language too.
///
/// ```
/// use device_grant::page::Language;
///
/// assert_eq!(Language::English.tag(), "en");
/// assert!(Language::Arabic.is_right_to_left());
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Language {
    /// Arabic.
    Arabic,
    /// English.
    #[default]
    English,
    /// German.
    German,
}

impl Language {
    /// All there are.
    pub const ALL: &[Self] = &[Self::Arabic, Self::English, Self::German];

    /// How many entries of a list are looked at.
    const MOST_WISHES: usize = 16;

    /// The language that fits the visitor's wishes best.
    pub(super) fn choose(ui_locales: Option<&str>, accept_language: Option<&str>) -> Self {
        ui_locales
            .and_then(Self::named)
            .or_else(|| accept_language.and_then(Self::most_wanted))
            .unwrap_or_default()
    }

    /// The first language of a `ui_locales` that the pages have.
    pub(super) fn named(ui_locales: &str) -> Option<Self> {
        Self::first_of(ui_locales.split_ascii_whitespace())
    }

    /// Returns whether an `Accept-Language` names it. `*` does not: it names no language that somebody reads.
    pub(super) fn is_accepted(self, list: &str) -> bool {
        wishes(list).any(|(language, weight)| language == self && weight > 0)
    }

    /// The first of these tags that the pages have.
    pub(super) fn first_of<'a>(tags: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let mut tags = tags.into_iter().take(Self::MOST_WISHES);
        tags.find_map(Self::of_tag)
    }

    /// The BCP 47 tag.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Arabic => "ar",
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// Returns whether it is written from right to left.
    #[must_use]
    pub fn is_right_to_left(self) -> bool {
        match self {
            Self::Arabic => true,
            Self::English | Self::German => false,
        }
    }

    /// The language with this tag, whatever its region.
    fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next()?;
        Self::ALL
            .iter()
            .copied()
            .find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// The one with the highest weight in an `Accept-Language`; of equals, the first.
    fn most_wanted(list: &str) -> Option<Self> {
        let mut best: Option<(u16, Self)> = None;
        for (language, weight) in wishes(list) {
            if weight > 0 && best.is_none_or(|(most, _)| weight > most) {
                best = Some((weight, language));
            }
        }
        best.map(|(_, language)| language)
    }
}

/// The languages of an `Accept-Language` that the pages have, with their weights.
fn wishes(list: &str) -> impl Iterator<Item = (Language, u16)> {
    let wishes = list.split(',').take(Language::MOST_WISHES);
    wishes.filter_map(|wish| {
        let (tag, parameter) = wish.split_once(';').unwrap_or((wish, ""));
        Some((Language::of_tag(tag.trim())?, weight(parameter)?))
    })
}

/// `q=0.8` in thousandths; 1000 where there is none
/// ([RFC 9110 §12.4.2](https://www.rfc-editor.org/rfc/rfc9110#section-12.4.2)).
fn weight(parameter: &str) -> Option<u16> {
    let parameter = parameter.trim();
    if parameter.is_empty() {
        return Some(1_000);
    }
    let value = parameter
        .strip_prefix("q=")
        .or_else(|| parameter.strip_prefix("Q="))?;
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let thousandths = format!("{fraction:0<3}").parse::<u16>().ok()?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ui_locales_come_before_accept_language() {
        assert_eq!(Language::choose(Some("de"), Some("ar")), Language::German);
        assert_eq!(Language::choose(Some("fr"), Some("ar")), Language::Arabic);
        assert_eq!(Language::choose(Some("pt de-AT"), None), Language::German);
        let weighted = Language::choose(None, Some("fr, ar;q=0.8, en;q=0.9"));
        assert_eq!(weighted, Language::English);
    }

    #[test]
    fn a_language_with_weight_zero_is_not_wanted() {
        assert_eq!(
            Language::choose(None, Some("de;q=0, ar;q=0.001")),
            Language::Arabic
        );
    }

    #[test]
    fn nonsense_is_english() {
        for list in [
            "",
            ",;q",
            "de;q=2",
            "de;q=0.1234",
            "de;q=-1",
            "*",
            "deutsch",
            "ö",
        ] {
            assert_eq!(
                Language::choose(Some(list), Some(list)),
                Language::English,
                "{list:?}"
            );
        }
    }

    #[test]
    fn what_comes_after_many_others_is_not_looked_at() {
        let list = format!("{}de", "fr,".repeat(1_000));
        assert_eq!(Language::choose(None, Some(&list)), Language::English);
    }
}
