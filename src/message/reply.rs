use std::{fmt, io, mem};

use serde::Serialize;
use zeroize::{Zeroize, Zeroizing};

/// An answer that any web framework can send: a status, headers and a JSON body.
///
/// Every reply, errors included, has `Content-Type: application/json`,
/// `Cache-Control: no-store` and `Pragma: no-cache`
/// ([RFC 6749 §5.1](https://www.rfc-editor.org/rfc/rfc6749#section-5.1),
/// [RFC 8628 §3.2](https://www.rfc-editor.org/rfc/rfc8628#section-3.2)). The body may hold tokens
/// or codes, so `Debug` shows only its length, and it is wiped when dropped.
///
/// ```
/// use device_grant::message::{ErrorCode, ErrorResponse};
///
/// let reply = ErrorResponse::new(ErrorCode::InvalidGrant).reply();
/// let (status, headers, body) = reply.into_parts();
/// assert_eq!(status, 400);
/// assert!(headers.contains(&("Cache-Control", "no-store".to_owned())));
/// assert_eq!(body, br#"{"error":"invalid_grant"}"#);
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The headers; no name occurs twice.
    pub headers: Vec<(&'static str, String)>,
    /// The body, which is UTF-8.
    pub body: Vec<u8>,
}

impl Reply {
    /// Answers with `value` as JSON.
    ///
    /// A value that cannot be written as JSON becomes status 500 and `{"error":"server_error"}`.
    pub(crate) fn json(status: u16, value: &impl Serialize) -> Self {
        let mut body = WipingBuffer::default();
        match serde_json::to_writer(&mut body, value) {
            Ok(()) => Self::with_body(status, mem::take(&mut *body.0)),
            Err(_) => Self::with_body(500, br#"{"error":"server_error"}"#.to_vec()),
        }
    }

    /// Adds a header; what a header value may not hold becomes `?`.
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let value = value.into();
        let value = value
            .chars()
            .map(|c| if matches!(c, ' '..='~') { c } else { '?' });
        self.headers.push((name, value.collect()));
        self
    }

    /// Returns status, headers and body. The body is no longer wiped when dropped.
    #[must_use]
    pub fn into_parts(mut self) -> (u16, Vec<(&'static str, String)>, Vec<u8>) {
        let (headers, body) = (mem::take(&mut self.headers), mem::take(&mut self.body));
        (self.status, headers, body)
    }

    fn with_body(status: u16, body: Vec<u8>) -> Self {
        let headers = vec![
            ("Content-Type", "application/json".to_owned()),
            ("Cache-Control", "no-store".to_owned()),
            ("Pragma", "no-cache".to_owned()),
        ];
        Self {
            status,
            headers,
            body,
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        self.body.zeroize();
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .field("body", &format_args!("[{} bytes]", self.body.len()))
            .finish()
    }
}

/// Returns the length of the body that this value would have; none if it cannot be written.
pub(crate) fn length(value: &impl Serialize) -> Option<usize> {
    let mut length = Length(0);
    let written = serde_json::to_writer(&mut length, value);
    written.ok().map(|()| length.0)
}

/// Counts what is written to it.
struct Length(usize);

impl io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A `Vec` that grows would leave copies of the tokens in freed memory.
#[derive(Default)]
struct WipingBuffer(Zeroizing<Vec<u8>>);

impl io::Write for WipingBuffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let needed = self.0.len().saturating_add(bytes.len());
        if needed > self.0.capacity() {
            let mut larger = Zeroizing::new(Vec::with_capacity(needed.saturating_mul(2).max(256)));
            larger.extend_from_slice(&self.0);
            self.0 = larger;
        }
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
