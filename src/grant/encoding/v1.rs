//! Version 1. From the first release on, what is written here is frozen: a change is a new version in a file of its
//! own.

mod facts;
mod state;

use serde::{Deserialize, Serialize};

use self::facts::{Rest, StoredColumns};
use self::state::StoredState;
use super::{Columns, RecordError};
use crate::grant::Grant;

pub(super) const VERSION: u16 = 1;

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Record {
    v: u16,
    /// Absent where the store has columns for them.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    columns: Option<StoredColumns>,
    #[serde(rename = "f")]
    rest: Rest,
    #[serde(rename = "s")]
    state: StoredState,
}

pub(super) fn write(grant: &Grant, columns: Option<Columns>) -> Vec<u8> {
    let record = Record {
        v: VERSION,
        columns: columns.map(StoredColumns::of),
        rest: Rest::of(grant.facts()),
        state: StoredState::of(grant.state()),
    };
    // Only fails for maps whose keys are no strings, and there are none.
    serde_json::to_vec(&record).unwrap_or_default()
}

pub(super) fn read(record: &[u8], columns: Option<Columns>) -> Result<Grant, RecordError> {
    let record: Record =
        serde_json::from_slice(record).map_err(|error| RecordError::damaged(&error))?;
    if record.v != VERSION {
        return Err(RecordError::incomplete());
    }
    let stored = record.columns.map(StoredColumns::into_columns);
    let columns = columns.or(stored).ok_or_else(RecordError::incomplete)?;
    let facts = record.rest.into_facts(columns);
    Ok(Grant::from_parts(facts, record.state.into_state()))
}
