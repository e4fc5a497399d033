//! What is stored under the key of a grant: one string.
//!
//! ```text
//!  0  layout, 1
//!  1  pace: 1 a poll was accepted, 2 and it had a twin     ┐
//!  2  told interval                                    u32 │ written by polls alone
//!  6  when a poll was last accepted                   time ┘
//! 14  revision                                         u64 ┐
//! 22  which call wrote it                              u16 │
//! 24  what there is: 1 pending, 2 key, 4 PKCE, 8 code,     │
//!     16 the end of the record goes without saying         │
//! 25  issued at, expires at, forget at              3 time │
//! 49  interval                                         u32 │ written by insertions and replacements
//! 53  [user-code digest 32] [key 32] [PKCE 32]             │
//!     client id: length u32, text                          │
//!     record                                               ┘
//! ```
//!
//! Numbers are big-endian, and times microseconds since the Unix epoch plus 2⁶³, so that none is
//! negative. One string and not a hash, because a hash with a value of more than 64 bytes takes more memory
//! than all that is in it. The scripts beside this file know the offsets.

#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU16, Ordering};

use crate::code::{GrantId, UserCodeDigest};
use crate::grant::{
    Columns, Grant, Holder, KeyThumbprint, Pace, Revision, State, Stored, Timestamp,
};
use crate::message::PkceChallenge;
use crate::redis_client::Unreadable;

const LAYOUT: u8 = 1;

const PENDING: u8 = 1;
const KEY: u8 = 2;
const PKCE: u8 = 4;
const USER_CODE: u8 = 8;
const UNSAID: u8 = 16;

/// The end of most records of pending grants. Left out, it saves a pending grant the next size of memory.
const END: &[u8] = br#","s":"pending"}"#;

/// Where that begins which polls do not write.
const TAIL: usize = 14;
/// Where the time begins from which on a row may be forgotten.
pub(super) const FORGET_AT: usize = 41;

/// Tells a write that the connection repeats, because it does not know whether it arrived, from one that the
/// caller repeats. The revision is the same in both.
static CALLS: AtomicU16 = AtomicU16::new(0);

/// The row of a grant that no poll has seen.
pub(super) fn new(new: &Stored) -> Vec<u8> {
    let pace = Pace::new(new.grant.facts().interval);
    let mut row = vec![LAYOUT, 0];
    row.extend(pace.told_interval.to_be_bytes());
    row.extend([0; 8]);
    row.extend(tail(new));
    row
}

/// The row from its revision on.
pub(super) fn tail(stored: &Stored) -> Vec<u8> {
    let columns = stored.grant.columns();
    let Columns {
        user_code, holder, ..
    } = &columns;
    let is_pending = matches!(stored.grant.state(), State::Pending { .. });
    let record = stored.grant.to_record_beside_columns();
    let unsaid = record.strip_suffix(END);
    let flag = |is_there: bool, flag: u8| if is_there { flag } else { 0 };
    let mut tail = revision(stored.revision).to_vec();
    tail.extend(CALLS.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    tail.push(
        flag(is_pending, PENDING)
            | flag(holder.key_thumbprint.is_some(), KEY)
            | flag(holder.pkce_challenge.is_some(), PKCE)
            | flag(user_code.is_some(), USER_CODE)
            | flag(unsaid.is_some(), UNSAID),
    );
    for at in [columns.issued_at, columns.expires_at, columns.forget_at] {
        tail.extend(time(at));
    }
    tail.extend(columns.interval.to_be_bytes());
    tail.extend(user_code.iter().flat_map(UserCodeDigest::as_bytes));
    tail.extend(
        holder
            .key_thumbprint
            .iter()
            .flat_map(KeyThumbprint::as_bytes),
    );
    tail.extend(
        holder
            .pkce_challenge
            .iter()
            .flat_map(PkceChallenge::as_bytes),
    );
    let client = holder.client_id.as_str().as_bytes();
    tail.extend(
        u32::try_from(client.len())
            .unwrap_or(u32::MAX)
            .to_be_bytes(),
    );
    tail.extend(client);
    tail.extend(unsaid.unwrap_or(&record));
    tail
}

pub(super) fn revision(revision: Revision) -> [u8; 8] {
    revision.as_u64().to_be_bytes()
}

pub(super) fn time(time: Timestamp) -> [u8; 8] {
    (time.as_micros().cast_unsigned() ^ SIGN).to_be_bytes()
}

pub(super) fn read_time(bytes: [u8; 8]) -> Timestamp {
    Timestamp::from_micros((u64::from_be_bytes(bytes) ^ SIGN).cast_signed())
}

const SIGN: u64 = 1 << 63;

/// Reads the row of the grant with this id.
pub(super) fn read(id: GrantId, row: &[u8]) -> Result<Stored, Unreadable> {
    match row.first() {
        Some(&LAYOUT) => {}
        Some(layout) if *layout > LAYOUT => return Err(Unreadable::Newer),
        Some(_) | None => return Err(Unreadable::Damaged),
    }
    let mut reader = Reader(row.get(TAIL..).unwrap_or_default());
    let revision = Revision::from_u64(reader.array().map(u64::from_be_bytes)?);
    let [_, _, flags] = reader.array()?;
    let has = |flag: u8| flags & flag != 0;
    let (issued_at, expires_at, forget_at) = (reader.time()?, reader.time()?, reader.time()?);
    let interval = reader.u32()?;
    let user_code = reader
        .optional(has(USER_CODE))?
        .map(UserCodeDigest::from_bytes);
    let key_thumbprint = reader.optional(has(KEY))?.map(KeyThumbprint::from_bytes);
    let pkce_challenge = reader.optional(has(PKCE))?.map(PkceChallenge::from_bytes);
    let mut holder = Holder::new(reader.text()?);
    holder.key_thumbprint = key_thumbprint;
    holder.pkce_challenge = pkce_challenge;
    let columns = Columns {
        id,
        user_code,
        holder,
        issued_at,
        expires_at,
        forget_at,
        interval,
    };
    let end = if has(UNSAID) { END } else { &[] };
    let record = [reader.0, end].concat();
    let grant = Grant::from_record_beside_columns(&record, columns)?;
    Ok(Stored::new(grant, revision))
}

/// What is left to read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], Unreadable> {
        let (array, rest) = self.0.split_first_chunk().ok_or(Unreadable::Damaged)?;
        self.0 = rest;
        Ok(*array)
    }

    fn optional<const N: usize>(&mut self, is_there: bool) -> Result<Option<[u8; N]>, Unreadable> {
        is_there.then(|| self.array()).transpose()
    }

    fn u32(&mut self) -> Result<u32, Unreadable> {
        self.array().map(u32::from_be_bytes)
    }

    fn time(&mut self) -> Result<Timestamp, Unreadable> {
        self.array().map(read_time)
    }

    fn text(&mut self) -> Result<&'a str, Unreadable> {
        let length = usize::try_from(self.u32()?).unwrap_or(usize::MAX);
        let (text, rest) = self.0.split_at_checked(length).ok_or(Unreadable::Damaged)?;
        self.0 = rest;
        str::from_utf8(text).map_err(|_| Unreadable::Damaged)
    }
}
