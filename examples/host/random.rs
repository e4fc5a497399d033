//! Random identifiers.

use std::fmt::Write;

use device_grant::host::{Entropy, SystemEntropy};

/// 256 random bits as text, fit for a session or a token.
#[expect(
    clippy::expect_used,
    reason = "a server without random bytes can do nothing that is safe"
)]
pub(crate) fn identifier() -> String {
    let mut bytes = [0; 32];
    SystemEntropy
        .fill(&mut bytes)
        .expect("the operating system has random bytes");
    bytes.iter().fold(String::new(), |mut text, byte| {
        _ = write!(text, "{byte:02x}");
        text
    })
}
