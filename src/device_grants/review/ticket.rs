use std::str::FromStr;

use crate::code::GrantId;
use crate::grant::Nonce;
use crate::invalid_value::InvalidValue;

/// The right to decide on a reviewed grant: the grant's id and 128 random bits.
///
/// It works only for the end user and the session that reviewed the grant. So it also protects the form against forged
/// requests from other sites (CSRF).
///
/// ```
/// use device_grant::ReviewTicket;
///
/// let text = "000102030405060708090a0b0c0d0e0f.f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";
/// let ticket: ReviewTicket = text.parse()?;
/// assert_eq!(ticket.expose(), text);
/// assert!("no ticket".parse::<ReviewTicket>().is_err());
/// # Ok::<(), device_grant::InvalidValue>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ReviewTicket {
    grant_id: GrantId,
    nonce: Nonce,
}

impl ReviewTicket {
    pub(in crate::device_grants) fn new(grant_id: GrantId, nonce: Nonce) -> Self {
        Self { grant_id, nonce }
    }

    /// The ticket as text, for a form that is posted. Never put it into a URL or a log.
    #[must_use]
    pub fn expose(&self) -> String {
        format!(
            "{}.{}",
            self.grant_id,
            // A nonce has no `Display`, so that no log shows it; both
            // halves are 16 bytes, and a grant id writes as hexadecimal.
            GrantId::from_bytes(*self.nonce.as_bytes())
        )
    }

    /// The id of the reviewed grant.
    #[must_use]
    pub fn grant_id(&self) -> GrantId {
        self.grant_id
    }

    pub(in crate::device_grants) fn nonce(&self) -> Nonce {
        self.nonce
    }
}

fn not_a_ticket() -> InvalidValue {
    InvalidValue::because("the text is no review ticket")
}

impl FromStr for ReviewTicket {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let (grant_id, nonce) = text.split_once('.').ok_or_else(not_a_ticket)?;
        let sixteen_bytes = |hex: &str| hex.parse::<GrantId>().map_err(|_| not_a_ticket());
        let nonce = Nonce::from_bytes(*sixteen_bytes(nonce)?.as_bytes());
        Ok(Self {
            grant_id: sixteen_bytes(grant_id)?,
            nonce,
        })
    }
}
