//! Device codes, user codes and their digests.
//!
//! A device code has 256 random bits: too many to guess, so a plain hash of it ([`GrantId`]) can be stored.
//! A user code is short, because a person types it. It is stored only as a keyed digest ([`UserCodeDigest`]),
//! its shape is a [`UserCodeFormat`], and a [`GuessBudget`] bounds how fast codes can be tried.
//!
//! Everything here is a function of its arguments, randomness included. If the random number generator fails, the result is
//! an error, never a weak code.
//!
//! | | bits | read by | kept as |
//! |---|---|---|---|
//! | device code | 256 | the device | SHA-256, 128 bits of it |
//! | user code | 30 or more, 34.6 by default | a person | HMAC-SHA-256 under [`CodeKeys`], 128 bits of it |
//! | [`ConfirmationCode`] | 19.9 | a person | HMAC-SHA-256 under [`CodeKeys`], 128 bits of it |
//!
//! A confirmation code is not random but derived, under [`CodeKeys`], from the grant's id and the 128 random bits of the
//! approved review. So the page can show it again, and no store has it.

mod alphabet;
mod blocklist;
mod check;
mod code_keys;
mod confirmation_code;
mod device_code;
mod digest;
mod digit;
mod grant_id;
mod grouping;
mod guess_budget;
mod input_hints;
mod reason;
mod sample;
mod unpadded_base32;
mod user_code;
mod user_code_format;

pub use code_keys::CodeKeys;
pub use confirmation_code::ConfirmationCode;
pub use digest::UserCodeDigest;
pub use grant_id::GrantId;
pub(crate) use grant_id::length_prefix;
pub use guess_budget::{GuessBudget, LengthBudget};
pub use input_hints::InputHints;
pub use user_code::UserCodeError;
pub use user_code_format::UserCodeFormat;

pub(crate) use code_keys::Approved;
pub(crate) use confirmation_code::ConfirmationDigest;
pub(crate) use device_code::DeviceCode;
use reason::Reason;
pub(crate) use user_code::UserCode;

#[cfg(test)]
mod tests;
