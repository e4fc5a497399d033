use bytes::{Buf, Bytes};
use http_body::Body;
use http_body_util::BodyExt;
use std::pin::Pin;
use zeroize::{Zeroize, Zeroizing};

use super::rejection::Rejection;
use crate::host::Cause;

/// The bytes that are allocated for a body at first. Most requests of this grant fit.
const LEAST: usize = 512;

/// Reads a body of at most `limit` bytes into memory.
///
/// Copies each piece, unless one piece is the whole body: one byte of a piece can keep all in memory that the server read at
/// once. A declared length above the limit is refused. Memory is allocated for bytes that have arrived, not for declared ones.
pub(super) async fn read<B>(mut body: Pin<&mut B>, limit: usize) -> Result<Bytes, Rejection>
where
    B: Body,
    B::Error: Into<Cause>,
{
    // A declared length that is too large is refused before a byte is read. A chunked body declares 0, and is counted
    // below.
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limit {
        return Err(Rejection::too_large());
    }
    let mut whole = Whole::default();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Rejection::invalid_request("the body cannot be read"))?;
        if let Ok(mut data) = frame.into_data() {
            // Most bodies come in one piece, which is shared with the server and not copied.
            if whole.is_empty() && body.is_end_stream() && data.remaining() <= limit {
                return Ok(data.copy_to_bytes(data.remaining()));
            }
            while data.has_remaining() {
                let piece = data.chunk();
                whole.push(piece, limit)?;
                data.advance(piece.len());
            }
        }
    }
    Ok(whole.into())
}

/// The bytes that have arrived. They may have secrets, so they are wiped from memory that is given back.
#[derive(Default)]
struct Whole(Zeroizing<Vec<u8>>);

impl Whole {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn push(&mut self, piece: &[u8], limit: usize) -> Result<(), Rejection> {
        let length = self.0.len().saturating_add(piece.len());
        if length > limit {
            return Err(Rejection::too_large());
        }
        if length > self.0.capacity() {
            let twice = self.0.capacity().saturating_mul(2);
            self.grow(twice.max(LEAST).min(limit).max(length));
        }
        self.0.extend_from_slice(piece);
        Ok(())
    }

    fn grow(&mut self, capacity: usize) {
        // Not `Vec::reserve`: it would leave the old bytes, with codes and secrets, in memory that is no longer ours.
        let mut larger = Vec::with_capacity(capacity);
        larger.extend_from_slice(&self.0);
        self.0.zeroize();
        *self.0 = larger;
    }
}

impl From<Whole> for Bytes {
    fn from(mut whole: Whole) -> Self {
        std::mem::take(&mut *whole.0).into()
    }
}
