use proptest::prelude::*;

use crate::message::{EndpointUri, Issuer};

#[test]
fn https_is_taken_anywhere_and_http_on_loopback_only() {
    let taken = [
        "https://example.com",
        "https://example.com/device",
        "HTTPS://EXAMPLE.com:8443/a?b=c",
        "https://10.0.0.1/",
        "https://[2001:db8::1]:443/",
        "https://example.com:/",
        "http://localhost:8628/activate",
        "http://LOCALHOST/",
        "http://127.0.0.1:8628",
        "http://127.255.0.3/",
        "http://[::1]:8628/",
        "http://[0:0:0:0:0:0:0:1]/",
    ];
    for text in taken {
        let uri = EndpointUri::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(uri.as_str(), text);
    }
}

#[test]
fn each_rule_has_its_own_message() {
    let scheme = "the scheme must be https, or http on a loopback host";
    let refused = [
        ("", "the text is not an absolute URI"),
        ("/device", "the text is not an absolute URI"),
        ("example.com/device", "the text is not an absolute URI"),
        ("https://example.com/a b", "the text is not an absolute URI"),
        ("https://exämple.com/", "the text is not an absolute URI"),
        ("https://example.com/%zz", "the text is not an absolute URI"),
        ("https://example.com/\n", "the text is not an absolute URI"),
        (
            "https://example.com\\@evil.example/",
            "the text is not an absolute URI",
        ),
        ("https:", "the URI has no host"),
        ("https:/device", "the URI has no host"),
        ("https:///device", "the URI has no host"),
        ("https://:443/", "the URI has no host"),
        (
            "https://example.com:65536/",
            "the port is not a number up to 65535",
        ),
        (
            "https://user@example.com/",
            "the URI must not have user information",
        ),
        (
            "https://@example.com/",
            "the URI must not have user information",
        ),
        (
            "http://localhost:80@evil.example/",
            "the URI must not have user information",
        ),
        ("https://example.com/#", "the URI must not have a fragment"),
        (
            "https://example.com/#top",
            "the URI must not have a fragment",
        ),
        ("http://example.com/", scheme),
        ("http://localhost.example.com/", scheme),
        ("http://127.0.0.1.example.com/", scheme),
        ("http://128.0.0.1/", scheme),
        ("http://0177.0.0.1/", scheme),
        ("http://2130706433/", scheme),
        ("http://[::ffff:127.0.0.1]/", scheme),
        ("http://[::2]/", scheme),
        ("ftp://localhost/", scheme),
        ("httpss://example.com/", scheme),
    ];
    for (text, message) in refused {
        let error = EndpointUri::parse(text).expect_err(text);
        assert_eq!(error.to_string(), message, "{text:?}");
    }
}

#[test]
fn the_length_limit_is_exact() {
    let uri = |length: usize| format!("https://example.com/{}", "a".repeat(length - 20));
    assert!(EndpointUri::parse(&uri(EndpointUri::MAX_LEN)).is_ok());
    assert!(EndpointUri::parse(&uri(EndpointUri::MAX_LEN + 1)).is_err());
}

#[test]
fn an_issuer_has_no_query_and_keeps_its_slash() {
    assert_eq!(
        Issuer::parse("https://example.com/").unwrap().as_str(),
        "https://example.com/"
    );
    assert_ne!(
        Issuer::parse("https://example.com/"),
        Issuer::parse("https://example.com")
    );
    for text in ["https://example.com?", "https://example.com/a?b=c"] {
        let error = Issuer::parse(text).unwrap_err();
        assert_eq!(error.to_string(), "the URI must not have a query");
    }
}

#[test]
fn a_query_parameter_joins_the_query_that_is_there() {
    let cases = [
        ("https://example.com", "https://example.com?user_code=A-B"),
        ("https://example.com/", "https://example.com/?user_code=A-B"),
        (
            "https://example.com/?",
            "https://example.com/?user_code=A-B",
        ),
        (
            "https://example.com/?a=b",
            "https://example.com/?a=b&user_code=A-B",
        ),
        (
            "https://example.com/?a=b&",
            "https://example.com/?a=b&user_code=A-B",
        ),
        (
            "https://example.com/?a=%26?",
            "https://example.com/?a=%26?&user_code=A-B",
        ),
    ];
    for (base, expected) in cases {
        let uri = EndpointUri::parse(base).unwrap();
        assert_eq!(uri.with_query_parameter("user_code", "A-B"), expected);
    }
}

#[test]
fn a_query_parameter_is_percent_encoded() {
    let uri = EndpointUri::parse("https://example.com/").unwrap();
    let encoded = uri.with_query_parameter("a b", "1+1=2&x#é/?%");
    assert_eq!(
        encoded,
        "https://example.com/?a%20b=1%2B1%3D2%26x%23%C3%A9%2F%3F%25"
    );
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "(https?://)?.{0,40}") {
        if let Ok(uri) = EndpointUri::parse(&text) {
            prop_assert_eq!(uri.as_str(), text);
        }
    }

    #[test]
    fn any_query_parameter_leaves_a_valid_uri(name in ".{0,10}", value in ".{0,20}") {
        let uri = EndpointUri::parse("https://example.com/a?b=c").unwrap();
        let longer = EndpointUri::parse(&uri.with_query_parameter(&name, &value));
        prop_assert!(longer.is_ok());
    }
}
