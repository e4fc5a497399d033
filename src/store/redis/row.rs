//! The string that is stored under the key of a grant.
//!
//! ```text
//!  0  layout, 1
//!  1  pace: 1 a poll was accepted, 2 and it had a twin       ┐
//!  2  told interval                                      u32 │ written by polls alone
//!  6  when a poll was last accepted                     time ┘
//! 14  due after, in microseconds                         u64   written by insertions alone
//! 22  revision                                           u64 ┐
//! 30  which call wrote it                                u16 │ written by insertions and replacements
//! 32  flags: 2 pending, 4 subject                            ┘ (1 user code: by insertions alone)
//! 33  issued at, expires at                           2 time   written by insertions alone
//! 49  forget at                                         time   written by insertions and replacements
//! 57  lengths of issuer and client id                  2 u32 ┐ written by insertions alone
//! 65  [user-code digest 16] issuer, client id                ┘
//!     [length of the subject: u32, subject] body               written by insertions and replacements
//! ```
//!
//! Numbers are big-endian. Times are microseconds since the Unix epoch plus 2⁶³, so that none is negative. A grant is one string
//! and not a hash, because a hash with a value of more than 64 bytes takes more memory than its contents. The scripts beside
//! this file know the offsets.

#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use crate::code::{GrantId, UserCodeDigest};
use crate::grant::Timestamp;
use crate::host::{NewRow, PollRecord, Replacement, Row};
use crate::redis_client::Unreadable;

const LAYOUT: u8 = 1;

const USER_CODE: u8 = 1;
const PENDING: u8 = 2;
const SUBJECT: u8 = 4;

/// The offset of the part that polls do not write.
const REVISION: usize = 22;
/// The offset of the time from which a row may be deleted.
pub(super) const FORGET_AT: usize = 49;

/// The number of calls, which is a part of each write. It distinguishes a write that the connection repeats, because it does not know
/// whether it arrived, from one that the caller repeats. The revision is the same in both.
static CALLS: AtomicU16 = AtomicU16::new(0);

/// Returns the arguments of the script for a new row: the bytes before the times, the bytes after them, and the durations from which
/// the script computes the times.
pub(super) fn new(new: &NewRow) -> [Vec<u8>; 3] {
    let has_code = if new.user_code.is_some() {
        USER_CODE
    } else {
        0
    };
    let mut head = vec![LAYOUT, 0];
    head.extend(new.pace.told_interval.to_be_bytes());
    head.extend([0; 8]);
    head.extend(micros(new.pace.due_after));
    head.extend(written_as(new.revision));
    head.push(has_code | PENDING);
    let client_id = new.client_id.as_str();
    let mut rest = [length(&new.issuer), length(client_id)].concat();
    rest.extend(new.user_code.iter().flat_map(UserCodeDigest::as_bytes));
    rest.extend(new.issuer.bytes().chain(client_id.bytes()));
    rest.extend(new.body.as_bytes());
    [
        head,
        rest,
        [micros(new.lifetime), micros(new.retention)].concat(),
    ]
}

/// Returns the arguments of the script for a replacement: the bytes to write at each offset, in the order of the offsets.
pub(super) fn replaced(next: &Replacement) -> [Vec<u8>; 4] {
    let pending = if next.is_pending { PENDING } else { 0 };
    let has_subject = if next.subject.is_some() { SUBJECT } else { 0 };
    // Without `USER_CODE`, which the caller cannot tell: the script keeps the bit that the row has.
    let flags = vec![pending | has_subject];
    let mut tail = Vec::new();
    if let Some(subject) = &next.subject {
        tail.extend(length(subject.as_str()));
        tail.extend(subject.as_str().bytes());
    }
    tail.extend(next.body.as_bytes());
    [
        written_as(next.revision),
        flags,
        time(next.forget_at).into(),
        tail,
    ]
}

/// Returns the arguments of the script for a poll.
pub(super) fn numbers(poll: &PollRecord) -> Vec<u8> {
    let mut numbers = [micros(poll.twin_within), micros(poll.set_back_beyond)].concat();
    numbers.extend(poll.step.to_be_bytes());
    numbers.extend(poll.longest.to_be_bytes());
    numbers
}

pub(super) fn time(time: Timestamp) -> [u8; 8] {
    // The flipped sign orders times as unsigned numbers, whose halves Lua reads without a sign.
    (time.as_micros().cast_unsigned() ^ SIGN).to_be_bytes()
}

pub(super) fn read_time(bytes: [u8; 8]) -> Timestamp {
    Timestamp::from_micros((u64::from_be_bytes(bytes) ^ SIGN).cast_signed())
}

const SIGN: u64 = 1 << 63;

fn written_as(revision: u64) -> Vec<u8> {
    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    [&revision.to_be_bytes()[..], &call.to_be_bytes()].concat()
}

/// Returns a duration in microseconds: at most 2⁶³ - 1, as in sums of timestamps.
fn micros(duration: Duration) -> [u8; 8] {
    (Timestamp::from_micros(0) + duration)
        .as_micros()
        .to_be_bytes()
}

fn length(text: &str) -> [u8; 4] {
    u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes()
}

/// The time from which on a row that begins so may be forgotten, if its layout is known.
pub(super) fn forget_at(head: &[u8]) -> Option<Timestamp> {
    let time = head.get(FORGET_AT..)?.first_chunk()?;
    (head.first() == Some(&LAYOUT)).then(|| read_time(*time))
}

/// Reads the row of the grant with this id.
pub(super) fn read(id: GrantId, row: &[u8], read_at: Timestamp) -> Result<Row, Unreadable> {
    match row.first() {
        Some(&LAYOUT) => {}
        // Told apart from a damaged row, because the remedy is to update this node.
        Some(layout) if *layout > LAYOUT => return Err(Unreadable::Newer),
        Some(_) | None => return Err(Unreadable::Damaged),
    }
    let mut reader = Reader(row.get(REVISION..).unwrap_or_default());
    let revision = reader.array().map(u64::from_be_bytes)?;
    let [_, _, flags] = reader.array()?;
    let has = |flag: u8| flags & flag != 0;
    let mut row = Row::new(id, revision, read_at);
    row.is_pending = has(PENDING);
    row.issued_at = reader.array().map(read_time)?;
    row.expires_at = reader.array().map(read_time)?;
    row.forget_at = reader.array().map(read_time)?;
    let (issuer, client_id) = (reader.length()?, reader.length()?);
    if has(USER_CODE) {
        row.user_code = Some(UserCodeDigest::from_bytes(reader.array()?));
    }
    row.issuer = reader.text(issuer)?.into();
    row.client_id = reader.text(client_id)?.into();
    if has(SUBJECT) {
        let subject = reader.length()?;
        row.subject = Some(reader.text(subject)?.into());
    }
    row.body = reader.0.into();
    Ok(row)
}

/// The bytes that are left to read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], Unreadable> {
        let (array, rest) = self.0.split_first_chunk().ok_or(Unreadable::Damaged)?;
        self.0 = rest;
        Ok(*array)
    }

    fn length(&mut self) -> Result<usize, Unreadable> {
        let length = self.array().map(u32::from_be_bytes)?;
        Ok(usize::try_from(length).unwrap_or(usize::MAX))
    }

    fn text(&mut self, length: usize) -> Result<&'a str, Unreadable> {
        let (text, rest) = self.0.split_at_checked(length).ok_or(Unreadable::Damaged)?;
        self.0 = rest;
        str::from_utf8(text).map_err(|_| Unreadable::Damaged)
    }
}
