use crate::grant::Timestamp;
use crate::host::{Charge, Charged, LimitKey};

/// What to store for each of the keys, in the order of the charges, or the refusal of all of them.
pub(super) fn judge(
    charges: &[Charge],
    now: Timestamp,
    stored: impl Fn(&LimitKey) -> Option<Timestamp>,
) -> Result<Vec<(&LimitKey, Timestamp)>, Charged> {
    let mut debited: Vec<(&LimitKey, Timestamp)> = Vec::with_capacity(charges.len());
    for (index, charge) in charges.iter().enumerate() {
        // The same key may be charged twice in one call.
        let earlier = debited
            .iter()
            .rev()
            .find(|(key, _)| **key == charge.key)
            .map(|(_, until)| *until);
        let until = earlier.or_else(|| stored(&charge.key));
        match charge.quota.debit(until, now, charge.debit) {
            Ok(until) => debited.push((&charge.key, until)),
            Err(retry_after) => return Err(Charged::Limited { index, retry_after }),
        }
    }
    Ok(debited)
}
