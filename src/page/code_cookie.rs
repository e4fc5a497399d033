use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use zeroize::Zeroizing;

use super::paths::Paths;
use super::shown::Shown;
use crate::grant::Arrival;

/// A user code on its way to the form: from a link, or through a sign-in.
///
/// It fills the form in and does nothing else, so it needs no signature. Whoever could plant one, a sibling domain,
/// could as well send a link, and would gain that the code counts as typed: the review asks for the comparison
/// with the device in either case.
#[derive(Clone)]
pub(super) struct CarriedCode {
    code: Zeroizing<String>,
    arrival: Arrival,
}

impl CarriedCode {
    /// The longest code that is carried, in bytes.
    const MAX_LEN: usize = 64;
    const SECONDS: u32 = 600;

    /// Takes up a code, unless it cannot be one.
    pub(super) fn new(code: &str, arrival: Arrival) -> Option<Self> {
        let is_codelike = !code.trim().is_empty()
            && code.len() <= Self::MAX_LEN
            && Shown::line(code).as_str() == code.trim();
        is_codelike.then(|| Self {
            code: Zeroizing::new(code.trim().to_owned()),
            arrival,
        })
    }

    /// Reads it from the request's cookies.
    pub(super) fn of(headers: &HeaderMap, paths: &Paths) -> Option<Self> {
        let cookies = headers.get_all(COOKIE).iter();
        let mut pairs = cookies
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='));
        let (_, value) = pairs.find(|(name, _)| *name == cookie_name(paths))?;
        let (arrival, encoded) = value.split_once('.')?;
        let arrival = match arrival {
            "typed" => Arrival::Typed,
            "link" => Arrival::Link,
            _ => return None,
        };
        let mut buffer = Zeroizing::new([0; Self::MAX_LEN]);
        let bytes = Base64UrlUnpadded::decode(encoded, &mut *buffer).ok()?;
        Self::new(std::str::from_utf8(bytes).ok()?, arrival)
    }

    pub(super) fn code(&self) -> &str {
        &self.code
    }

    pub(super) fn arrival(&self) -> Arrival {
        self.arrival
    }

    /// The `Set-Cookie` that carries it.
    pub(super) fn set_cookie(&self, paths: &Paths) -> Option<HeaderValue> {
        let arrival = match self.arrival {
            Arrival::Typed => "typed",
            Arrival::Link => "link",
        };
        let code = Base64UrlUnpadded::encode_string(self.code.as_bytes());
        cookie(paths, &format!("{arrival}.{code}"), Self::SECONDS)
    }

    /// The `Set-Cookie` that forgets it.
    pub(super) fn forget(paths: &Paths) -> Option<HeaderValue> {
        cookie(paths, "", 0)
    }
}

impl fmt::Debug for CarriedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CarriedCode")
            .field("arrival", &self.arrival)
            .finish_non_exhaustive()
    }
}

/// Behind https the name makes browsers take the cookie from this very host only: a neighbour under the same
/// domain could otherwise plant a code that looks as if it had been typed here.
fn cookie_name(paths: &Paths) -> &'static str {
    if paths.is_https() {
        "__Host-device_grant_code"
    } else {
        "device_grant_code"
    }
}

/// A cookie that scripts do not see, and that other sites' forms and frames do not bring. The path is `/`, as the
/// name demands. Not `SameSite=Strict`: a browser coming from a link on another site would not bring it to the page
/// behind the redirect.
fn cookie(paths: &Paths, value: &str, seconds: u32) -> Option<HeaderValue> {
    let secure = if paths.is_https() { "; Secure" } else { "" };
    let name = cookie_name(paths);
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    let mut value = HeaderValue::try_from(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}
