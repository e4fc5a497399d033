/// The language of a page.
///
/// The pages use the language that `Accept-Language` prefers among those here. The default is English.
///
/// `ui_locales` ([OpenID Connect Core §3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest)),
/// in the page's address or sent by the device, choose a language only if `Accept-Language` names it as well. Otherwise an
/// attacker could choose a language that the visitor cannot read.
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
    /// French.
    French,
    /// German.
    German,
    /// Hebrew.
    Hebrew,
    /// Japanese.
    Japanese,
    /// Portuguese, as in Brazil.
    Portuguese,
    /// Chinese in simplified characters. It is not used for browsers that prefer traditional characters.
    SimplifiedChinese,
    /// Spanish.
    Spanish,
}

impl Language {
    /// All languages.
    pub const ALL: &[Self] = &[
        Self::Arabic,
        Self::English,
        Self::French,
        Self::German,
        Self::Hebrew,
        Self::Japanese,
        Self::Portuguese,
        Self::SimplifiedChinese,
        Self::Spanish,
    ];

    /// The number of entries of a list that are looked at.
    const MOST_WISHES: usize = 16;

    /// Returns the language of the pages for a browser with this `Accept-Language`, for your own pages beside them.
    #[must_use]
    pub fn wanted_by(accept_language: Option<&str>) -> Self {
        accept_language
            .and_then(Self::most_wanted)
            .unwrap_or_default()
    }

    /// Returns whether an `Accept-Language` names it. `*` does not: it names no language that somebody reads.
    pub(super) fn is_accepted(self, list: &str) -> bool {
        wishes(list).any(|(language, weight)| language == self && weight > 0)
    }

    /// Returns the languages of the pages that these tags name.
    pub(super) fn all_of<'a>(
        tags: impl IntoIterator<Item = &'a str>,
    ) -> impl Iterator<Item = Self> {
        let tags = tags.into_iter().take(Self::MOST_WISHES);
        tags.filter_map(Self::of_tag)
    }

    /// Returns the BCP 47 tag.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Arabic => "ar",
            Self::English => "en",
            Self::French => "fr",
            Self::German => "de",
            Self::Hebrew => "he",
            Self::Japanese => "ja",
            Self::Portuguese => "pt",
            Self::SimplifiedChinese => "zh",
            Self::Spanish => "es",
        }
    }

    /// Returns true if the language is written from right to left.
    #[must_use]
    pub fn is_right_to_left(self) -> bool {
        match self {
            Self::Arabic | Self::Hebrew => true,
            Self::English
            | Self::French
            | Self::German
            | Self::Japanese
            | Self::Portuguese
            | Self::SimplifiedChinese
            | Self::Spanish => false,
        }
    }

    /// The language with this tag, whatever its region; but Chinese only where it is written in simplified characters.
    fn of_tag(tag: &str) -> Option<Self> {
        let mut subtags = tag.split(['-', '_']);
        let primary = subtags.next()?;
        let mut rest = subtags.map(str::to_ascii_lowercase);
        if rest.any(|subtag| matches!(&*subtag, "hant" | "hk" | "mo" | "tw")) {
            return None;
        }
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
    fn the_language_with_the_highest_weight_is_wanted_most() {
        let weighted = Language::wanted_by(Some("fi, ar;q=0.8, en;q=0.9"));
        assert_eq!(weighted, Language::English);
    }

    #[test]
    fn a_language_with_weight_zero_is_not_wanted() {
        assert_eq!(
            Language::wanted_by(Some("de;q=0, ar;q=0.001")),
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
                Language::wanted_by(Some(list)),
                Language::English,
                "{list:?}"
            );
        }
    }

    #[test]
    fn chinese_is_for_readers_of_simplified_characters() {
        for (list, language) in [
            ("zh", Language::SimplifiedChinese),
            ("zh-CN", Language::SimplifiedChinese),
            ("zh-Hans-SG, en;q=0.5", Language::SimplifiedChinese),
            ("zh-TW, de;q=0.5", Language::German),
            ("zh-Hant, de;q=0.5", Language::German),
            ("zh-HK", Language::English),
        ] {
            assert_eq!(Language::wanted_by(Some(list)), language, "{list}");
        }
    }

    #[test]
    fn what_comes_after_many_others_is_not_looked_at() {
        let list = format!("{}de", "fi,".repeat(1_000));
        assert_eq!(Language::wanted_by(Some(&list)), Language::English);
    }
}
