use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

use super::paths::Paths;

/// The value of the request's cookie with this name.
pub(super) fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    // HTTP/2 may split the cookies of a request over several headers.
    let cookies = headers.get_all(COOKIE).iter();
    let mut pairs = cookies
        .flat_map(|value| value.as_bytes().split(|&byte| byte == b';'))
        // Each by itself: a cookie of another application may have any bytes.
        .filter_map(|pair| str::from_utf8(pair).ok())
        .filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value)
}

/// A cookie that scripts do not see, and that other sites' forms and frames do not bring. Not `SameSite=Strict`: a
/// browser that comes from a link or a sign-in on another site would not bring it to the page behind the redirect.
pub(super) fn set(
    paths: &Paths,
    name: &str,
    value: &str,
    path: &str,
    seconds: u32,
) -> Option<HeaderValue> {
    let secure = if paths.is_https() { "; Secure" } else { "" };
    let text =
        format!("{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    let mut value = HeaderValue::try_from(text).ok()?;
    // Neither shown by `Debug` nor kept in the compression table of an HTTP/2 connection.
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_of_any_bytes_takes_no_other_with_it() {
        let mut headers = HeaderMap::new();
        let cookies = b"latin=J\xfcrgen; code=x; utf8=J\xc3\xbcrgen";
        headers.insert(COOKIE, HeaderValue::from_bytes(cookies).unwrap());
        assert_eq!(read(&headers, "code"), Some("x"));
        assert_eq!(read(&headers, "latin"), None);
    }
}
