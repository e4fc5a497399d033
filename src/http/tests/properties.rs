use std::fmt::Write;

use proptest::prelude::*;

use super::{GRANT_TYPE, Server, form, post};
use crate::host::DeviceTokenRequest;
use crate::http::{Routed, form as reading};

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        match byte {
            b' ' => encoded.push('+'),
            b'a'..=b'z' => encoded.push(char::from(byte)),
            _ => write!(encoded, "%{byte:02x}").unwrap(),
        }
        encoded
    })
}

/// Bodies of what parsers disagree about.
fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        &b"grant_type"[..],
        b"grant%5ftype",
        b"GRANT_TYPE",
        b"urn:ietf:params:oauth:grant-type:device_code",
        b"urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code",
        b"refresh_token",
        b"client_id",
        b"device_code",
        b"tv",
        b"&",
        b"&",
        b"=",
        b"=",
        b";",
        b"+",
        b"%",
        b"%00",
        b"%ff",
        b"\xFF",
    ]);
    prop::collection::vec(pieces, 0..12).prop_map(|pieces| pieces.concat())
}

#[test]
fn a_value_of_another_name_is_no_grant_type() {
    let ours = DeviceTokenRequest::GRANT_TYPE;
    let body = format!("other={ours}&grant_type=&grant_type&grant_type=x&grant_type={ours}");
    let found = reading::values_are(body.as_bytes(), "grant_type", ours);
    assert_eq!(found.collect::<Vec<_>>(), [false, true]);
}

proptest! {
    #[test]
    fn decoding_undoes_encoding(text in ".*") {
        let encoded = encoded(&text);
        prop_assert_eq!(reading::decode(encoded.as_bytes()), Some(text));
    }

    #[test]
    fn what_is_read_as_this_grant_is_also_found_to_be(body in bodies()) {
        let parts = form("").into_parts().0;
        if let Ok(parameters) = reading::read(&parts, &body) {
            let is_read = parameters.all("grant_type").any(|value| value == DeviceTokenRequest::GRANT_TYPE);
            let found = reading::values_are(&body, "grant_type", DeviceTokenRequest::GRANT_TYPE);
            let found: Vec<bool> = found.collect();
            prop_assert_eq!(is_read, found.contains(&true));
            prop_assert_eq!(parameters.all("grant_type").count(), found.len());
        }
    }

    #[test]
    fn any_bytes_are_answered_or_given_back(
        body in prop_oneof![bodies(), prop::collection::vec(any::<u8>(), 0..200)],
        ours in any::<bool>(),
        header in prop::option::of("[ -~]{0,40}|Basic [A-Za-z0-9+/=]{0,40}"),
    ) {
        let server = Server::new();
        let body = if ours { [GRANT_TYPE.as_bytes(), b"&", &body].concat() } else { body };
        let request = || {
            let mut request = post();
            if let Some(header) = &header {
                request = request.header("authorization", header);
            }
            request.body(bytes::Bytes::from(body.clone())).unwrap()
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let started = runtime.block_on(server.endpoints.device_authorization(request()));
        prop_assert!(matches!(started.status().as_u16(), 200 | 400 | 401));
        prop_assert_eq!(&started.headers()["cache-control"], "no-store");
        match runtime.block_on(server.endpoints.token(request())) {
            Routed::Answered(polled) => {
                prop_assert!(matches!(polled.status().as_u16(), 400 | 401));
                prop_assert_eq!(&polled.headers()["cache-control"], "no-store");
            }
            Routed::NotOurs(request) => {
                prop_assert!(!ours);
                prop_assert_eq!(request.body(), &body);
            }
        }
        prop_assert!(matches!(
            runtime.block_on(server.endpoints.revocation(request())),
            Routed::NotOurs(_)
        ));
    }
}
