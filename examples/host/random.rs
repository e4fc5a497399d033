//! Random identifiers.

use std::fmt::Write;

use device_grant::host::{Entropy, System};

/// 256 random bits.
#[expect(
    clippy::expect_used,
    reason = "a server without random bytes can do nothing that is safe"
)]
pub(crate) fn bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    let filled = System.fill(&mut bytes);
    filled.expect("the operating system has random bytes");
    bytes
}

/// 256 random bits as text, fit for a session or a token.
pub(crate) fn identifier() -> String {
    bytes().iter().fold(String::new(), |mut text, byte| {
        _ = write!(text, "{byte:02x}");
        text
    })
}
