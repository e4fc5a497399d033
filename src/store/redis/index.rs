//! The index of the grants of each end user and each client: two sorted sets in one slot.
//!
//! An entry may lead to no grant, and then reading removes it. No grant may be without its entry. So a grant is entered for its
//! end user before the approval is written. It is entered for its client after its insertion, and before its codes are
//! returned: a crash between the two leaves a grant whose codes nobody knows, so that nobody can approve or redeem it.

use std::sync::Arc;

use base64ct::{Base64UrlUnpadded, Encoding};
use futures_util::future::try_join_all;
use redis::Value;
use sha2::{Digest, Sha256};

use super::operations::INDEX_OUTLIVES;
use super::{RedisStore, scripts};
use crate::code::GrantId;
use crate::grant::Timestamp;
use crate::host::{Cursor, GrantsOf, PageRequest, Replacement, Row};
use crate::redis_client::{Failure, Reply};

/// The smallest number of entries that are read at once, because some may lead to no grant.
const FEWEST: u32 = 16;

impl RedisStore {
    /// Enters a grant that was inserted, for its client.
    pub(super) async fn note_inserted(
        &self,
        place: Cursor,
        issuer: &str,
        client: &GrantsOf,
        forget_at: Timestamp,
    ) -> Result<(), Failure> {
        self.note(&self.index_keys(issuer, client), place, forget_at, false)
            .await
    }

    /// Enters a grant that is about to be approved, or to be remembered for longer, for its client and its end user.
    pub(super) async fn note_replaced(&self, next: &Replacement, row: &Row) -> Result<(), Failure> {
        let subject = next.subject.clone().map(GrantsOf::Subject);
        let client = GrantsOf::Client(row.client_id.clone());
        let place = Cursor::at(row);
        let notes = subject.into_iter().chain([client]).map(|of| async move {
            let keys = self.index_keys(&row.issuer, &of);
            self.note(&keys, place, next.forget_at, true).await
        });
        try_join_all(notes).await?;
        Ok(())
    }

    async fn note(
        &self,
        keys: &[String; 2],
        place: Cursor,
        forget_at: Timestamp,
        is_decision: bool,
    ) -> Result<(), Failure> {
        // Scores are doubles, which hold microseconds since the epoch exactly until the year 2255.
        let decimal = |time: Timestamp| time.as_micros().to_string().into_bytes();
        let (now, id) = (self.time(), place.id);
        let [issued_at, kept_until] = [
            decimal(place.issued_at),
            decimal(forget_at + INDEX_OUTLIVES),
        ];
        let arguments: [&[u8]; 4] = [&now, id.as_bytes(), &issued_at, &kept_until];
        match &self.decisions {
            Some(decisions) if is_decision => {
                let (connection, replicas) = (&decisions.connection, decisions.replicas);
                scripts::INDEX
                    .run_and_wait(connection, keys, &arguments, replicas)
                    .await?;
            }
            Some(_) | None => {
                scripts::INDEX
                    .run(&self.connection, keys, &arguments)
                    .await?;
            }
        }
        Ok(())
    }

    pub(super) async fn rows_of(&self, page: &PageRequest) -> Result<Vec<Row>, Failure> {
        if !self.is_indexed {
            return Err(Failure::NotIndexed);
        }
        let keys = self.index_keys(&page.issuer, &page.of);
        let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let (mut rows, mut after) = (Vec::new(), page.after);
        while rows.len() < limit {
            let count = page.limit.max(FEWEST);
            let places = self.places(&keys, after, count).await?;
            let found = places.iter().map(|place| self.row_at(*place, page));
            let found = try_join_all(found).await?;
            let gone = places.iter().zip(&found).filter(|(_, row)| row.is_none());
            // Safe against writers: an entry is written only while its grant exists, and no deleted grant comes back.
            self.prune(&keys, gone.map(|(place, _)| place.id).collect())
                .await?;
            // An end user's entry is written before the approval, which may have failed or gone to somebody else.
            rows.extend(found.into_iter().flatten().filter(|row| page.includes(row)));
            // After the last entry, not the last row: otherwise, entries that lead to no row of the page would be read again.
            after = places.last().copied();
            if places.len() < usize::try_from(count).unwrap_or(usize::MAX) {
                break;
            }
        }
        rows.truncate(limit);
        Ok(rows)
    }

    /// Reads the row at a place. A row that cannot be read is returned without a body, so that it is an error of this grant and not
    /// of the list.
    async fn row_at(&self, place: Cursor, page: &PageRequest) -> Result<Option<Row>, Failure> {
        match self.confirmed_row(place.id).await {
            Err(Failure::Unreadable(_)) => {
                // Listed, not skipped: "sign out everywhere" would otherwise report success although this grant is
                // untouched.
                let mut row = Row::new(place.id, 0, place.issued_at);
                row.issuer = Arc::clone(&page.issuer);
                match &page.of {
                    GrantsOf::Subject(subject) => row.subject = Some(subject.clone()),
                    GrantsOf::Client(client) => row.client_id = client.clone(),
                }
                Ok(Some(row))
            }
            found => found,
        }
    }

    /// Returns the next places of an index.
    async fn places(
        &self,
        keys: &[String; 2],
        after: Option<Cursor>,
        count: u32,
    ) -> Result<Vec<Cursor>, Failure> {
        let (newest, id) = match after {
            Some(place) => (
                place.issued_at.as_micros().to_string(),
                place.id.as_bytes().to_vec(),
            ),
            None => ("+inf".to_owned(), Vec::new()),
        };
        let count = count.to_string();
        let arguments: [&[u8]; 3] = [count.as_bytes(), newest.as_bytes(), &id];
        let [ordered, _] = keys;
        let entries = scripts::PAGE
            .run(&self.connection, std::slice::from_ref(ordered), &arguments)
            .await?;
        let Value::Array(entries) = entries else {
            return Err(Failure::UnexpectedReply);
        };
        let entries: Result<Vec<_>, _> = entries.into_iter().map(Reply::bytes).collect();
        let entries = entries?;
        entries.chunks_exact(2).map(place).collect()
    }

    async fn prune(&self, keys: &[String; 2], gone: Vec<GrantId>) -> Result<(), Failure> {
        if gone.is_empty() {
            return Ok(());
        }
        let ids: Vec<&[u8]> = gone.iter().map(|id| &id.as_bytes()[..]).collect();
        scripts::PRUNE.run(&self.connection, keys, &ids).await?;
        Ok(())
    }

    /// Returns the keys of the index by time, and of that by the end of the entries, in one slot of a Cluster.
    fn index_keys(&self, issuer: &str, of: &GrantsOf) -> [String; 2] {
        let (kind, name) = match of {
            GrantsOf::Subject(subject) => ("s", subject.as_str()),
            GrantsOf::Client(client) => ("c", client.as_str()),
        };
        // A digest, because names of keys appear in logs and monitors of Redis, and would show who uses a device.
        let mut hash = Sha256::new_with_prefix(b"device-grant index v1\0");
        for part in [kind, issuer, name] {
            // The length keeps the parts apart: a client id may end as the next name begins.
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        }
        let name = Base64UrlUnpadded::encode_string(&hash.finalize());
        ["t", "e"].map(|which| format!("{}i:{{{kind}{name}}}{which}", self.prefix))
    }
}

fn place(entry: &[Option<Vec<u8>>]) -> Result<Cursor, Failure> {
    let [Some(id), Some(time)] = entry else {
        return Err(Failure::UnexpectedReply);
    };
    let id = <[u8; 16]>::try_from(&id[..]).map_err(|_| Failure::UnexpectedReply)?;
    let time = str::from_utf8(time).ok().and_then(|time| time.parse().ok());
    let time = Timestamp::from_micros(time.ok_or(Failure::UnexpectedReply)?);
    Ok(Cursor {
        issued_at: time,
        id: GrantId::from_bytes(id),
    })
}
