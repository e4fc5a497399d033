use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::text::Hex;

/// The code that an approving end user reads on the verification page and enters on the device: six decimal digits.
///
/// The device sends it as `confirmation_code` with a poll. Show it only to the end user who approved, in the same session.
/// `Debug` hides it.
///
/// ```
/// # #[cfg(feature = "testing")] {
/// use device_grant::host::{Client, Terms};
/// use device_grant::testing::{Scenario, ScriptedIssuer};
///
/// let t = Scenario::new(ScriptedIssuer::new([]));
/// let strict = Client::new("cli").device_grant(Terms::new("openid".parse()?).confirmation_code(true));
/// let cli = t.device("cli").client(strict).authorize("openid")?;
/// let code = t.visitor("alice").approve_to_confirm(&cli)?.expect("a confirmation code");
/// assert_eq!(code.expose().len(), 6);
/// assert_eq!(format!("{code:?}"), "ConfirmationCode(redacted)");
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ConfirmationCode(Zeroizing<String>);

impl ConfirmationCode {
    /// The number of digits: 6.
    pub const LENGTH: usize = 6;
    const COUNT: u64 = 1_000_000;

    /// Returns the six digits.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The code that these random bits choose. The last of a million codes are rarer than the first by less than 2^-44.
    pub(super) fn of_bits(bits: u64) -> Self {
        let width = Self::LENGTH;
        Self(Zeroizing::new(format!("{:0width$}", bits % Self::COUNT)))
    }

    /// Reads what a person entered: six digits, with spaces and hyphens anywhere. `None` for any other text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut digits = Zeroizing::new(String::with_capacity(Self::LENGTH));
        for character in text.chars() {
            match character {
                '0'..='9' if digits.len() < Self::LENGTH => digits.push(character),
                ' ' | '-' => {}
                _ => return None,
            }
        }
        (digits.len() == Self::LENGTH).then_some(Self(digits))
    }
}

impl fmt::Debug for ConfirmationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConfirmationCode(redacted)")
    }
}

/// A keyed digest of a confirmation code, which is all that is stored of one.
#[derive(Clone, Copy)]
pub(crate) struct ConfirmationDigest([u8; 16]);

impl ConfirmationDigest {
    /// The digest with these bytes.
    pub(crate) const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The digest's bytes.
    pub(crate) const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl PartialEq for ConfirmationDigest {
    /// Compares in constant time.
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for ConfirmationDigest {}

impl fmt::Debug for ConfirmationDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (head, _) = self.0.split_at(4);
        write!(f, "ConfirmationDigest({}..)", Hex(head))
    }
}
