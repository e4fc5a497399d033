use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

use super::paths::Paths;

/// The value of the request's cookie with this name.
pub(super) fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    // HTTP/2 may split the cookies of a request over several headers.
    let cookies = headers.get_all(COOKIE).iter();
    let mut pairs = cookies
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
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
