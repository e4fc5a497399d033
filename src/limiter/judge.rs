use crate::grant::Timestamp;
use crate::host::{Charge, Charged, Debt, LimitKey};

/// The debt to store for each of the keys, once for each, or the refusal of all charges.
pub(super) fn judge(
    charges: &[Charge],
    now: Timestamp,
    stored: impl Fn(&LimitKey) -> Option<Debt>,
) -> Result<Vec<(&LimitKey, Debt)>, Charged> {
    let mut debited: Vec<(&LimitKey, Debt)> = Vec::with_capacity(charges.len());
    for (index, charge) in charges.iter().enumerate() {
        // The same key may be charged twice in one call: only what it owes in the end is to be stored.
        let earlier = debited.iter_mut().find(|(key, _)| **key == charge.key);
        let debt = match &earlier {
            Some((_, debt)) => Some(*debt),
            None => stored(&charge.key),
        };
        let Some(debt) = charge.debit(debt, now) else {
            let retry_after = charge.quota.retry_after(debt, now);
            // The caller has stored nothing yet, so the charges before this one are not made either.
            return Err(Charged::limited(index, retry_after));
        };
        match earlier {
            Some((_, known)) => *known = debt,
            None => debited.push((&charge.key, debt)),
        }
    }
    Ok(debited)
}
