//! Version 1. From the first release on, this form never changes: a change is a new version, in another file.

mod facts;
mod state;

use serde::{Deserialize, Serialize};

use self::facts::{Rest, StoredAccess, StoredBinding};
use self::state::StoredState;
use super::{BodyError, Columns};
use crate::grant::{Facts, Grant, State};
use crate::text::Short;

pub(super) const VERSION: u64 = 1;

/// The beginning of each body of a grant that is bound to its client alone.
pub(super) const UNBOUND: &[u8] = br#"{"v":1,"r":"#;

/// The polling interval of most grants, in seconds. A body leaves it out.
const USUAL_INTERVAL: u32 = 5;

/// The bytes that are allocated for a body at first. Most bodies fit, and do not grow while they are written.
const USUAL: usize = 1_024;

/// A grant. What most pending grants have in common is left out: an interval of five seconds, and that nobody has decided.
#[derive(Deserialize, Serialize)]
// A node that did not know a field would drop it when it writes the grant back.
#[serde(deny_unknown_fields)]
struct Record<'a> {
    v: u64,
    /// The first member, so that the first bytes of a body show whether the grant is bound.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    binding: Option<StoredBinding>,
    #[serde(rename = "r")]
    requested: StoredAccess<'a>,
    #[serde(
        rename = "n",
        default = "usual_interval",
        skip_serializing_if = "is_usual"
    )]
    interval: u32,
    #[serde(rename = "f", default, skip_serializing_if = "Rest::is_empty")]
    rest: Rest<'a>,
    #[serde(rename = "s", default, skip_serializing_if = "StoredState::is_pending")]
    state: StoredState<'a>,
    #[serde(rename = "x", default, skip_serializing_if = "std::ops::Not::not")]
    is_told_expired: bool,
}

pub(super) fn write<B>(facts: &Facts, state: &State, is_told_expired: bool) -> B
where
    B: for<'b> From<&'b [u8]>,
{
    let record = Record {
        v: VERSION,
        binding: StoredBinding::of(&facts.binding),
        requested: StoredAccess::of(&facts.requested),
        interval: facts.interval,
        rest: Rest::of(facts),
        state: StoredState::of(state),
        is_told_expired,
    };
    // On the stack: a body is copied into what stores share, so a buffer of its own would be freed at once.
    let mut usual = Short::<USUAL>::default();
    if serde_json::to_writer(&mut usual, &record).is_ok() {
        return B::from(usual.as_bytes());
    }
    // Longer than usual. It only fails for maps whose keys are no strings, and there are none: an empty body would be
    // unreadable.
    let body = serde_json::to_vec(&record).unwrap_or_default();
    B::from(&body)
}

pub(super) fn read(body: &[u8], columns: Columns) -> Result<Grant, BodyError> {
    let record: Record<'_> =
        serde_json::from_slice(body).map_err(|error| BodyError::damaged(&error))?;
    if record.v != VERSION {
        return Err(BodyError::unknown(record.v));
    }
    let binding = StoredBinding::into_binding(record.binding);
    let requested = record.requested.into_access();
    let rest = record.rest;
    let facts = rest.into_facts(columns, binding, requested, record.interval);
    let state = record.state.into_state();
    Ok(Grant::from_parts(facts, state, record.is_told_expired))
}

fn usual_interval() -> u32 {
    USUAL_INTERVAL
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_usual(interval: &u32) -> bool {
    *interval == USUAL_INTERVAL
}
