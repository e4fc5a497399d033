use http::header::HOST;
use http::request::Parts;

use super::Language;
use crate::code::GrantId;
use crate::host::Cursor;
use crate::message::EndpointUri;

/// The addresses of the pages, for browsers and for requests, and their origin.
#[derive(Clone, Debug)]
pub(super) struct Paths {
    /// Scheme, host and port, as a browser writes them in `Origin`.
    origin: String,
    /// The path of the form, as browsers know it.
    path: String,
    /// The query that the address has itself.
    query: Option<String>,
    /// The path of the form, as requests bring it, if a proxy changes it.
    mounted: Option<String>,
    https: bool,
    /// The verification URI, where the pages are elsewhere.
    short: Option<Short>,
    has_devices: bool,
}

/// An address that only leads to the pages.
#[derive(Clone, Debug)]
struct Short {
    path: String,
    /// Host and port, if they are not the pages'.
    authority: Option<String>,
}

impl Paths {
    pub(super) fn new(address: &EndpointUri) -> Self {
        let parts = Split::of(address.as_str());
        Self {
            origin: origin(parts.scheme, parts.authority),
            path: parts.path.to_owned(),
            query: parts.query.map(str::to_owned),
            mounted: None,
            https: parts.scheme.eq_ignore_ascii_case("https"),
            short: None,
            has_devices: false,
        }
    }

    /// The same pages at `address`, to which the verification URI leads.
    pub(super) fn moved(self, verification_uri: &EndpointUri, address: &EndpointUri) -> Self {
        let mut paths = Self {
            // The setters of the pages may be called in any order.
            mounted: self.mounted,
            has_devices: self.has_devices,
            ..Self::new(address)
        };
        let short = Split::of(verification_uri.as_str());
        let short_origin = origin(short.scheme, short.authority);
        let is_same_origin = short_origin == paths.origin;
        if !is_same_origin || short.path != paths.path {
            let authority = short_origin
                .split_once("://")
                .map(|(_, authority)| authority.to_owned());
            paths.short = Some(Short {
                path: short.path.to_owned(),
                authority: authority.filter(|_| !is_same_origin),
            });
        }
        paths
    }

    /// Requests bring this path for the form.
    pub(super) fn mount(&mut self, path: &str) {
        self.mounted = Some(path.to_owned());
    }

    /// The visitor's devices have a page.
    pub(super) fn serve_devices(&mut self) {
        self.has_devices = true;
    }

    /// True if the visitor's devices have a page.
    pub(super) fn has_devices(&self) -> bool {
        self.has_devices
    }

    /// The page that a request's address names, if it is one of these.
    pub(super) fn address(&self, parts: &Parts) -> Option<Address> {
        let path = parts.uri.path();
        if let Some(address) = self.address_of(path) {
            return Some(address);
        }
        let short = self.short.as_ref()?;
        let is_host = short
            .authority
            .as_deref()
            .is_none_or(|authority| is_for(parts, authority));
        (path == short.path && is_host).then_some(Address::Short)
    }

    fn address_of(&self, path: &str) -> Option<Address> {
        let mounted = self.mounted_path();
        if path == mounted {
            return Some(Address::Entry);
        }
        let below = path
            .strip_prefix(mounted.trim_end_matches('/'))?
            .strip_prefix('/')?;
        match below {
            "" => Some(Address::Slashed),
            "decision" => Some(Address::Decision),
            "devices" => self.has_devices.then_some(Address::Devices),
            below => review_of(below.strip_prefix("review/")?),
        }
    }

    fn mounted_path(&self) -> &str {
        self.mounted.as_deref().unwrap_or(&self.path)
    }

    /// The paths of the form and of decisions, as requests bring them.
    pub(super) fn mounted(&self) -> (String, String) {
        let entry = self.mounted_path();
        let decision = format!("{}/decision", entry.trim_end_matches('/'));
        (entry.to_owned(), decision)
    }

    /// The form, as the address has it: path and query.
    pub(super) fn entry(&self) -> String {
        self.with_query(&self.path, None)
    }

    /// The form in a language, if its address is to name one.
    pub(super) fn entry_in(&self, language: Option<Language>) -> String {
        self.with_query(&self.path, language)
    }

    /// The form with another query.
    pub(super) fn entry_with(&self, query: &str) -> String {
        if query.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{query}", self.path)
        }
    }

    /// The form with another query, from anywhere.
    pub(super) fn absolute_entry_with(&self, query: &str) -> String {
        format!("{}{}", self.origin, self.entry_with(query))
    }

    /// The address for decisions, with the query of the pages' address, which may name a tenant.
    pub(super) fn decision(&self) -> String {
        self.with_query(&self.below("decision"), None)
    }

    /// The visitor's devices.
    pub(super) fn devices(&self, language: Option<Language>) -> String {
        self.with_query(&self.devices_path(), language)
    }

    /// The visitor's devices after this place.
    pub(super) fn devices_after(&self, place: &Cursor, language: Option<Language>) -> String {
        let devices = self.devices(language);
        let separator = if devices.contains('?') { '&' } else { '?' };
        format!("{devices}{separator}after={place}")
    }

    /// The path of the visitor's devices.
    pub(super) fn devices_path(&self) -> String {
        self.below("devices")
    }

    /// The page of one review.
    pub(super) fn review(
        &self,
        grant: GrantId,
        page: ReviewPage,
        language: Option<Language>,
    ) -> String {
        let path = self.review_path(grant);
        match page {
            ReviewPage::Request => self.with_query(&path, language),
            ReviewPage::Approval => self.with_query(&format!("{path}/approval"), language),
        }
    }

    /// The path below which everything of one review is.
    pub(super) fn review_path(&self, grant: GrantId) -> String {
        self.below(&format!("review/{grant}"))
    }

    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    pub(super) fn is_https(&self) -> bool {
        self.https
    }

    /// The query that the address has itself, which has to be there in every link.
    pub(super) fn own_query(&self) -> Option<&str> {
        self.query.as_deref()
    }

    fn below(&self, name: &str) -> String {
        format!("{}/{name}", self.path.trim_end_matches('/'))
    }

    fn with_query(&self, path: &str, language: Option<Language>) -> String {
        let own = self.query.as_deref().filter(|query| !query.is_empty());
        let language = language.map(|language| format!("ui_locales={}", language.tag()));
        let query: Vec<&str> = own.into_iter().chain(language.as_deref()).collect();
        if query.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{}", query.join("&"))
        }
    }
}

/// One of the pages' addresses.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Address {
    /// The form.
    Entry,
    /// The form, written with a slash too many.
    Slashed,
    /// The short address that leads to the form.
    Short,
    /// The address for decisions.
    Decision,
    /// The visitor's devices.
    Devices,
    /// The page of one review's outcome.
    Review(GrantId, ReviewPage),
}

/// A page of one review.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum ReviewPage {
    /// The request, or the decision on it.
    Request,
    /// The reason for which the request cannot be approved.
    Approval,
}

/// The review that the rest of a path names.
fn review_of(rest: &str) -> Option<Address> {
    let (grant, page) = match rest.split_once('/') {
        None => (rest, ReviewPage::Request),
        Some((grant, "approval")) => (grant, ReviewPage::Approval),
        Some(_) => return None,
    };
    grant.parse().ok().map(|grant| Address::Review(grant, page))
}

/// Returns whether a request was sent to this host and port.
fn is_for(parts: &Parts, authority: &str) -> bool {
    // HTTP/2 has the host in the URI, HTTP/1.1 in the header.
    let asked = match parts.uri.authority() {
        Some(asked) => Some(asked.as_str()),
        None => parts.headers.get(HOST).and_then(|host| host.to_str().ok()),
    };
    // The scheme is not known here, so the default port of either one is left out.
    asked.is_some_and(|asked| {
        let asked = asked.to_ascii_lowercase();
        let bare = asked
            .strip_suffix(":443")
            .or_else(|| asked.strip_suffix(":80"));
        asked == authority || bare == Some(authority)
    })
}

/// The parts of a URI that is known to be one.
struct Split<'a> {
    scheme: &'a str,
    authority: &'a str,
    path: &'a str,
    query: Option<&'a str>,
}

impl<'a> Split<'a> {
    fn of(text: &'a str) -> Self {
        let (before, query) = match text.split_once('?') {
            Some((before, query)) => (before, Some(query)),
            None => (text, None),
        };
        // An `EndpointUri` always has a scheme.
        let (scheme, rest) = before.split_once("://").unwrap_or(("https", before));
        let (authority, path) = match rest.find('/').and_then(|at| rest.split_at_checked(at)) {
            Some((authority, path)) => (authority, path),
            None => (rest, "/"),
        };
        Self {
            scheme,
            authority,
            path,
            query,
        }
    }
}

/// An origin as browsers serialise it: lower case, without the scheme's own port.
fn origin(scheme: &str, authority: &str) -> String {
    let scheme = scheme.to_ascii_lowercase();
    let authority = authority.to_ascii_lowercase();
    let own_port = if scheme == "https" { ":443" } else { ":80" };
    let authority = authority.strip_suffix(own_port).unwrap_or(&authority);
    // An authority may end with a colon and no port (RFC 3986 §3.2.3).
    format!("{scheme}://{}", authority.trim_end_matches(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(uri: &str) -> Paths {
        Paths::new(&EndpointUri::parse(uri).unwrap())
    }

    #[test]
    fn an_origin_is_written_as_browsers_do() {
        assert_eq!(
            paths("HTTPS://Id.Example:443/activate").origin(),
            "https://id.example"
        );
        assert_eq!(
            paths("http://localhost:8628/activate").origin(),
            "http://localhost:8628"
        );
        assert_eq!(paths("http://[::1]:80/activate").origin(), "http://[::1]");
    }

    #[test]
    fn a_uri_without_a_path_is_the_root() {
        let paths = paths("https://id.example?tenant=1");
        assert_eq!(paths.entry(), "/?tenant=1");
        assert_eq!(paths.decision(), "/decision?tenant=1");
        assert_eq!(paths.address_of("/"), Some(Address::Entry));
    }

    #[test]
    fn other_paths_are_somebody_elses() {
        let paths = paths("https://id.example/activate");
        for path in [
            "/",
            "/activated",
            "/activate//",
            "/activate/decision/",
            "/ACTIVATE",
            "//activate",
        ] {
            assert_eq!(paths.address_of(path), None, "{path}");
        }
        assert_eq!(paths.address_of("/activate/"), Some(Address::Slashed));
        assert_eq!(
            paths.address_of("/activate/decision"),
            Some(Address::Decision)
        );
    }

    #[test]
    fn a_review_has_an_address_of_its_own() {
        let paths = paths("https://id.example/activate?tenant=1");
        let grant = GrantId::from_bytes([7; 16]);
        let address = paths.review(grant, ReviewPage::Approval, Some(Language::German));
        let expected = format!("/activate/review/{grant}/approval?tenant=1&ui_locales=de");
        assert_eq!(address, expected);
        let place = |path: &str| paths.address_of(path);
        let at = paths.review_path(grant);
        assert_eq!(
            place(&at),
            Some(Address::Review(grant, ReviewPage::Request))
        );
        assert_eq!(
            place(&format!("{at}/approval")),
            Some(Address::Review(grant, ReviewPage::Approval))
        );
        for other in [
            format!("{at}/"),
            format!("{at}/approve"),
            format!("{at}0"),
            "/activate/review/".to_owned(),
        ] {
            assert_eq!(place(&other), None, "{other}");
        }
    }

    #[test]
    fn a_short_address_of_another_host_is_told_from_the_same_path_of_this_one() {
        let uri = |text| EndpointUri::parse(text).unwrap();
        let short = uri("https://tv.example");
        let paths = Paths::new(&short).moved(&short, &uri("https://id.example/activate"));
        let place = |uri: &str, host: &str| {
            let request = http::Request::get(uri)
                .header("host", host)
                .body(())
                .unwrap();
            paths.address(&request.into_parts().0)
        };
        assert_eq!(place("/", "tv.example"), Some(Address::Short));
        assert_eq!(place("/", "TV.example:443"), Some(Address::Short));
        assert_eq!(
            place("https://tv.example/?user_code=1", "id.example"),
            Some(Address::Short)
        );
        assert_eq!(place("/", "id.example"), None);
        assert_eq!(place("/", "tv.example.evil"), None);
        assert_eq!(place("/activate", "id.example"), Some(Address::Entry));
    }
}
