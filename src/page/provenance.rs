use http::header::{HeaderName, ORIGIN};
use http::{HeaderMap, HeaderValue};

/// The origin of a posted form, as the browser states it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Provenance {
    /// From one of these pages.
    Own,
    /// From another site, or with a header that no post of these pages has.
    Foreign,
    /// The post has none of the headers: a program sent it, or a proxy strips headers.
    Untold,
}

impl Provenance {
    /// Reads the headers of a post. A single foreign value makes it foreign, also beside an own one.
    pub(super) fn of(headers: &HeaderMap, own_origin: &str) -> Self {
        let site = HeaderName::from_static("sec-fetch-site");
        let told = |name: &HeaderName, is_own: &dyn Fn(&HeaderValue) -> bool| {
            let mut values = headers.get_all(name).iter().peekable();
            let is_told = values.peek().is_some();
            is_told.then(|| values.all(is_own))
        };
        // Not `same-site`, because a sibling domain may be somebody else's. `none` is a navigation that no page has
        // started.
        let by_site = told(&site, &|value| value == "same-origin" || value == "none");
        // A page whose policy is `no-referrer` posts with the origin `null`. So does a sandboxed frame of any site, so
        // it counts only beside a good `Sec-Fetch-Site`.
        let by_origin = told(&ORIGIN, &|value| {
            value.as_bytes().eq_ignore_ascii_case(own_origin.as_bytes())
                || (value == "null" && by_site == Some(true))
        });
        // One foreign header is enough: a browser sends both, and an attacker's page controls neither.
        match (by_site, by_origin) {
            (Some(false), _) | (_, Some(false)) => Self::Foreign,
            (Some(true), _) | (None, Some(true)) => Self::Own,
            (None, None) => Self::Untold,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provenance(headers: &[(&'static str, &'static str)]) -> Provenance {
        let headers = headers
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect();
        Provenance::of(&headers, "https://id.example")
    }

    #[test]
    fn a_browser_that_tells_the_site_is_believed() {
        assert_eq!(
            provenance(&[("sec-fetch-site", "same-origin"), ("origin", "null")]),
            Provenance::Own
        );
        assert_eq!(provenance(&[("sec-fetch-site", "none")]), Provenance::Own);
        for site in ["cross-site", "same-site", "Same-Origin", ""] {
            assert_eq!(
                provenance(&[("sec-fetch-site", site)]),
                Provenance::Foreign,
                "{site:?}"
            );
        }
    }

    #[test]
    fn without_a_site_the_origin_has_to_be_ours() {
        assert_eq!(
            provenance(&[("origin", "https://id.example")]),
            Provenance::Own
        );
        for origin in [
            "null",
            "",
            "http://id.example",
            "https://id.example.evil",
            "https://id.example:444",
        ] {
            assert_eq!(
                provenance(&[("origin", origin)]),
                Provenance::Foreign,
                "{origin:?}"
            );
        }
    }

    #[test]
    fn one_foreign_word_is_enough() {
        let own = ("sec-fetch-site", "same-origin");
        assert_eq!(
            provenance(&[own, ("origin", "https://evil.example")]),
            Provenance::Foreign
        );
        let mut headers = HeaderMap::new();
        headers.append("sec-fetch-site", HeaderValue::from_static("same-origin"));
        headers.append("sec-fetch-site", HeaderValue::from_static("cross-site"));
        assert_eq!(
            Provenance::of(&headers, "https://id.example"),
            Provenance::Foreign
        );
    }

    #[test]
    fn silence_is_no_evidence() {
        assert_eq!(
            provenance(&[("referer", "https://id.example/activate")]),
            Provenance::Untold
        );
    }
}
