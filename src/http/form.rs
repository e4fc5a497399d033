use std::slice;

use bytes::Bytes;
use http::header;
use http::request::Parts;
use zeroize::{Zeroize, Zeroizing};

use super::rejection::Rejection;
use crate::message::Parameters;
use crate::message::parameters::Pair;

/// The largest form that is read, in bytes.
pub(super) const MAX_BODY: usize = 64 * 1024;

/// Reads a form as [`read`] does, and wipes the body.
pub(super) fn take(parts: &Parts, body: Bytes) -> Result<Parameters, Rejection> {
    let parameters = read(parts, &body);
    wipe(body);
    parameters
}

/// Reads the parameters of a form, strictly, and only from the body
/// ([RFC 6749 appendix B](https://www.rfc-editor.org/rfc/rfc6749#appendix-B)).
pub(super) fn read(parts: &Parts, body: &[u8]) -> Result<Parameters, Rejection> {
    if body.len() > MAX_BODY {
        return Err(Rejection::too_large());
    }
    if !is_form(parts) {
        return Err(Rejection::invalid_request(
            "the body has to be application/x-www-form-urlencoded",
        ));
    }
    // Decoded text is never longer than the body, so the buffer does not grow and leave a copy of a secret behind.
    let mut text = Zeroizing::new(Vec::with_capacity(body.len()));
    let mut pairs = Vec::with_capacity(Parameters::USUAL_PAIRS);
    for piece in pieces(body) {
        if pairs.len() == Parameters::MAX_PAIRS {
            return Err(Parameters::too_many().into());
        }
        pairs.push(decode_pair(piece, &mut text).ok_or_else(badly_encoded)?);
    }
    Parameters::of_text(text, pairs).ok_or_else(badly_encoded)
}

/// Decodes a pair, and appends it to `text`.
fn decode_pair(piece: &[u8], text: &mut Vec<u8>) -> Option<Pair> {
    let (name, mut value) = (text.len(), None);
    let mut code = Decoding(piece.iter());
    loop {
        // Copies all bytes up to the next special one at once, because most bytes stand for themselves.
        let rest = code.0.as_slice();
        let run = rest
            .iter()
            .position(|byte| matches!(byte, b'=' | b'+' | b'%'));
        let (plain, rest) = rest.split_at_checked(run.unwrap_or(rest.len()))?;
        text.extend_from_slice(plain);
        code.0 = rest.iter();
        match code.0.next() {
            Some(b'=') if value.is_none() => value = Some(text.len()),
            Some(b'+') => text.push(b' '),
            Some(b'%') => text.push(code.escaped()?),
            Some(byte) => text.push(*byte),
            None => break,
        }
    }
    let end = text.len();
    let value = value.unwrap_or(end);
    Some(Pair { name, value, end })
}

fn badly_encoded() -> Rejection {
    Rejection::invalid_request("the body is not properly encoded UTF-8")
}

/// Refuses a request that repeats one of these parameters.
pub(super) fn refuse_repeats(parameters: &Parameters, names: &[&str]) -> Result<(), Rejection> {
    for name in names {
        parameters.once(name)?;
    }
    Ok(())
}

/// Compares the value of each parameter of this name with `value`. Skips parameters without a value, and reads a body that is
/// otherwise malformed, too.
pub(super) fn values_are<'a>(
    body: &'a [u8],
    name: &'a str,
    value: &'a str,
) -> impl Iterator<Item = bool> {
    let named = pairs(body).filter(move |(held, with)| !with.is_empty() && is_encoded(held, name));
    named.map(move |(_, with)| is_encoded(with, value))
}

/// Wipes a body, which may have codes and secrets, unless another owner shares it.
pub(super) fn wipe(body: Bytes) {
    if let Ok(mut body) = body.try_into_mut() {
        body.as_mut().zeroize();
    }
}

/// Decodes a name or a value.
pub(super) fn decode(text: &[u8]) -> Option<String> {
    // Decoded text is never longer than encoded text, so the buffer does not grow and leave a copy of a secret behind.
    let mut decoded = Vec::with_capacity(text.len());
    let is_whole = if stands_for_itself(text) {
        decoded.extend_from_slice(text);
        true
    } else {
        Decoding(text.iter()).all(|byte| {
            decoded.extend(byte);
            byte.is_some()
        })
    };
    match String::from_utf8(decoded) {
        Ok(decoded) if is_whole => Some(decoded),
        Ok(mut decoded) => {
            decoded.zeroize();
            None
        }
        Err(error) => {
            error.into_bytes().zeroize();
            None
        }
    }
}

/// Returns whether the media type is that of a form. Its parameters are ignored: a form is UTF-8, whatever charset a client
/// declares.
fn is_form(parts: &Parts) -> bool {
    let mut types = parts.headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(only), None) = (types.next(), types.next()) else {
        return false;
    };
    let essence = only.as_bytes().split(|&byte| byte == b';').next();
    essence.is_some_and(|essence| {
        essence
            .trim_ascii()
            .eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
    })
}

fn pairs(body: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    pieces(body).map(|piece| {
        let mut parts = piece.splitn(2, |&byte| byte == b'=');
        (
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        )
    })
}

/// The pairs of a form, as they came.
fn pieces(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    let pieces = body.split(|&byte| byte == b'&');
    pieces.filter(|piece| !piece.is_empty())
}

fn is_encoded(text: &[u8], plain: &str) -> bool {
    // An encoded text is as long as the plain one, or longer.
    text == plain.as_bytes()
        || (text.len() >= plain.len() && Decoding(text.iter()).eq(plain.bytes().map(Some)))
}

/// Returns whether nothing in a text is encoded.
fn stands_for_itself(text: &[u8]) -> bool {
    !text.iter().any(|byte| matches!(byte, b'%' | b'+'))
}

/// The bytes that a text stands for; `None` where an escape is broken.
struct Decoding<'a>(slice::Iter<'a, u8>);

impl Iterator for Decoding<'_> {
    type Item = Option<u8>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(match self.0.next()? {
            b'+' => Some(b' '),
            b'%' => self.escaped(),
            byte => Some(*byte),
        })
    }
}

impl Decoding<'_> {
    fn escaped(&mut self) -> Option<u8> {
        let mut digit = || char::from(*self.0.next()?).to_digit(16);
        let value = digit()? * 16 + digit()?;
        u8::try_from(value).ok()
    }
}
