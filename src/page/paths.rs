use http::Uri;

use crate::message::EndpointUri;

/// Where the pages are, as the verification URI has it, and which origin is their own.
#[derive(Clone, Debug)]
pub(super) struct Paths {
    /// Scheme, host and port, as a browser writes them in `Origin`.
    origin: String,
    /// The path of the form.
    path: String,
    /// The query that the verification URI has itself.
    query: Option<String>,
    decision: String,
    https: bool,
}

impl Paths {
    pub(super) fn new(verification_uri: &EndpointUri) -> Self {
        let text = verification_uri.as_str();
        let (before, query) = match text.split_once('?') {
            Some((before, query)) => (before, Some(query.to_owned())),
            None => (text, None),
        };
        let (scheme, rest) = before.split_once("://").unwrap_or(("https", before));
        let (authority, path) = match rest.find('/').and_then(|at| rest.split_at_checked(at)) {
            Some((authority, path)) => (authority, path),
            None => (rest, "/"),
        };
        Self {
            origin: origin(scheme, authority),
            path: path.to_owned(),
            query,
            decision: format!("{}/decision", path.trim_end_matches('/')),
            https: verification_uri.is_https(),
        }
    }

    /// What a request's path is, if it is one of these.
    pub(super) fn place(&self, path: &str) -> Option<Place> {
        if path == self.path {
            Some(Place::Entry)
        } else if path == self.decision {
            Some(Place::Decision)
        } else if path.strip_suffix('/') == Some(&self.path) {
            Some(Place::Slashed)
        } else {
            None
        }
    }

    /// The form, as the verification URI has it: path and query.
    pub(super) fn entry(&self) -> String {
        self.entry_with(self.query.as_deref())
    }

    /// The form with another query.
    pub(super) fn entry_with(&self, query: Option<&str>) -> String {
        match query {
            Some(query) if !query.is_empty() => format!("{}?{query}", self.path),
            Some(_) | None => self.path.clone(),
        }
    }

    /// Where decisions are posted to, with the verification URI's own query, which may say which tenant it is.
    pub(super) fn decision(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.decision),
            None => self.decision.clone(),
        }
    }

    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    pub(super) fn is_https(&self) -> bool {
        self.https
    }

    /// Whether `uri` stays on the pages' own origin, so that the browser lets a form end there.
    pub(super) fn is_own(&self, uri: &Uri) -> bool {
        match (uri.scheme_str(), uri.authority()) {
            (Some(scheme), Some(authority)) => origin(scheme, authority.as_str()) == self.origin,
            // `//host/path` is parsed as a path.
            (None, None) => !uri.path().starts_with("//"),
            _ => false,
        }
    }
}

/// One of the pages' addresses.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Place {
    /// The form.
    Entry,
    /// The form, written with a slash too many.
    Slashed,
    /// Where decisions go.
    Decision,
}

/// An origin as browsers serialise it: lower case, without the scheme's own port.
fn origin(scheme: &str, authority: &str) -> String {
    let scheme = scheme.to_ascii_lowercase();
    let authority = authority.to_ascii_lowercase();
    let own_port = if scheme == "https" { ":443" } else { ":80" };
    let authority = authority.strip_suffix(own_port).unwrap_or(&authority);
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
        assert_eq!(paths.place("/"), Some(Place::Entry));
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
            assert_eq!(paths.place(path), None, "{path}");
        }
        assert_eq!(paths.place("/activate/"), Some(Place::Slashed));
        assert_eq!(paths.place("/activate/decision"), Some(Place::Decision));
    }

    #[test]
    fn a_network_path_is_not_our_own() {
        let paths = paths("https://id.example/activate");
        assert!(paths.is_own(&Uri::from_static("/login?next=1")));
        assert!(paths.is_own(&Uri::from_static("https://id.example/login")));
        assert!(!paths.is_own(&Uri::from_static("https://login.example/")));
        assert!(!paths.is_own(&Uri::from_static("http://id.example/login")));
    }
}
