use crate::grant::Timestamp;
use crate::host::{Charge, Charged, Debt, LimitKey};

/// What to store for each of the keys, in the order of the charges, or the refusal of all of them.
pub(super) fn judge(
    charges: &[Charge],
    now: Timestamp,
    stored: impl Fn(&LimitKey) -> Option<Debt>,
) -> Result<Vec<(&LimitKey, Debt)>, Charged> {
    let mut debited: Vec<(&LimitKey, Debt)> = Vec::with_capacity(charges.len());
    for (index, charge) in charges.iter().enumerate() {
        // The same key may be charged twice in one call.
        let earlier = debited
            .iter()
            .rev()
            .find(|(key, _)| **key == charge.key)
            .map(|(_, debt)| *debt);
        let debt = earlier.or_else(|| stored(&charge.key));
        match charge.quota.debit(debt, now, charge.debit) {
            Ok(debt) => debited.push((&charge.key, debt)),
            Err(retry_after) => return Err(Charged::Limited { index, retry_after }),
        }
    }
    Ok(debited)
}
