//! Random values, and what is kept of them.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// 256 random bits.
#[expect(
    clippy::expect_used,
    reason = "a server without random bytes can do nothing that is safe"
)]
pub(crate) fn bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("the operating system has random bytes");
    bytes
}

/// 256 random bits as text, fit for a cookie or a token.
pub(crate) fn identifier() -> String {
    hex(&bytes())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        _ = write!(text, "{byte:02x}");
        text
    })
}

/// Returns the digest that is stored of a value that nobody can guess.
pub(crate) fn digest(secret: &str) -> Vec<u8> {
    // Neither salt nor cost: they hold up guesses, and these values have 256 bits.
    Sha256::digest(secret).to_vec()
}
