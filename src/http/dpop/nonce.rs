//! Nonces that are not stored: the number of a half minute, with a code that only this server can make for it.

use base64ct::{Base64UrlUnpadded, Encoding};
use subtle::ConstantTimeEq;

use crate::device_grants::DeviceGrants;
use crate::grant::Timestamp;

/// The time in which all new nonces are the same, in microseconds.
const SLOT: i64 = 30_000_000;
/// The number of slots after its own in which a nonce is accepted. It is also accepted one slot earlier, because the clock of
/// the node that made it may be ahead.
const SLOTS_AFTER: i64 = 3;

const MAC: usize = 16;

/// Returns the nonce of this time.
pub(super) fn at(grants: &DeviceGrants, now: Timestamp) -> String {
    let slot = slot_of(now);
    // The current key comes first. A nonce under any other key is accepted as well, so that a rotation disturbs nobody.
    let codes = grants.nonce_codes(slot);
    encoded(slot, codes.first().unwrap_or(&[0; MAC]))
}

/// Returns whether a nonce is one of this server, of the last two minutes.
pub(super) fn is_live(grants: &DeviceGrants, nonce: &str, now: Timestamp) -> bool {
    let mut bytes = [0; 8 + MAC];
    let Ok(bytes) = Base64UrlUnpadded::decode(nonce, &mut bytes) else {
        return false;
    };
    let Some((slot, code)) = bytes.split_first_chunk() else {
        return false;
    };
    let slot = i64::from_be_bytes(*slot);
    let age = slot_of(now).saturating_sub(slot);
    (-1..=SLOTS_AFTER).contains(&age)
        && grants
            .nonce_codes(slot)
            .iter()
            .any(|known| bool::from(known.ct_eq(code)))
}

fn slot_of(now: Timestamp) -> i64 {
    now.as_micros().div_euclid(SLOT)
}

fn encoded(slot: i64, code: &[u8; MAC]) -> String {
    Base64UrlUnpadded::encode_string(&[&slot.to_be_bytes()[..], code].concat())
}
