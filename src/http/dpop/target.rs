use iri_string::format::ToDedicatedString;
use iri_string::types::UriStr;

/// Returns a URI as `htu` is compared: without query and fragment, in the normal form of
/// [RFC 3986 §6.2.2](https://www.rfc-editor.org/rfc/rfc3986#section-6.2.2) and §6.2.3. `None` for what is no such URI.
pub(super) fn normalized(uri: &str) -> Option<String> {
    let uri = uri.split(['?', '#']).next().unwrap_or_default();
    let uri = UriStr::new(uri).ok()?;
    let uri = uri.normalize().to_dedicated_string();
    let authority = uri.authority_components()?;
    if authority.userinfo().is_some() {
        return None;
    }
    let scheme = uri.scheme_str();
    let port = authority.port().unwrap_or_default();
    let port = match (scheme, port) {
        ("https", "443") | ("http", "80") | (_, "") => String::new(),
        _ => format!(":{port}"),
    };
    let path = match uri.path_str() {
        "" => "/",
        path => path,
    };
    Some(format!("{scheme}://{}{port}{path}", authority.host()))
}

#[cfg(test)]
mod tests {
    use super::normalized;

    #[test]
    fn spellings_of_one_uri_are_equal() {
        let expected = normalized("https://id.example/token");
        assert_eq!(expected.as_deref(), Some("https://id.example/token"));
        for same in [
            "HTTPS://ID.example/token",
            "https://id.example:443/token",
            "https://id.example:/token",
            "https://id.example/%74oken",
            "https://id.example/a/../token",
            "https://id.example/token?a=b#c",
        ] {
            assert_eq!(normalized(same), expected, "{same}");
        }
        assert_eq!(normalized("http://[::1]:80"), normalized("http://[::1]/"));
    }

    #[test]
    fn other_uris_differ_and_what_is_none_has_no_form() {
        let token = normalized("https://id.example/token");
        for other in [
            "http://id.example/token",
            "https://id.example:8443/token",
            "https://id.example/Token",
            "https://id.example/token/",
            "https://id.example/%2Ftoken",
            "https://id.example.evil/token",
        ] {
            assert_ne!(normalized(other), token, "{other}");
        }
        for none in [
            "",
            "/token",
            "id.example/token",
            "mailto:a@id.example",
            "https://a@id.example/token",
            "https://id.example/ü",
        ] {
            assert_eq!(normalized(none), None, "{none}");
        }
    }
}
