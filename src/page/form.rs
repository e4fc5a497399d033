use bytes::Bytes;
use http::Request;
use http::header::CONTENT_TYPE;

use crate::message::Parameters;

/// The longest body that is read: a form of these pages has a few hundred bytes.
const LONGEST_BODY: usize = 8 * 1024;

/// Reads a posted form; `None` if it is not one of these pages'.
pub(super) fn read(request: &Request<Bytes>) -> Option<Parameters> {
    let content_type = request.headers().get(CONTENT_TYPE)?.to_str().ok()?;
    let media_type = content_type.split(';').next()?.trim();
    let is_form = media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded");
    if !is_form || request.body().len() > LONGEST_BODY {
        return None;
    }
    Parameters::from_pairs(form_urlencoded::parse(request.body())).ok()
}

/// The value of a field that occurs at most once.
pub(super) fn field<'a>(form: &'a Parameters, name: &str) -> &'a str {
    // A repeated field counts as missing: nobody can tell which value the visitor saw.
    form.once(name).ok().flatten().unwrap_or_default()
}
