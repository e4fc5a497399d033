use crate::grant::Timestamp;
use crate::host::{Charge, Charged, Debt};

/// Fills `debited` with the debt to store for each of the keys, once for each, or returns the refusal of all charges.
pub(super) fn judge<'a, K: Copy + PartialEq>(
    charges: &'a [Charge],
    now: Timestamp,
    key: impl Fn(&'a Charge) -> K,
    stored: impl Fn(K) -> Option<Debt>,
    debited: &mut Vec<(K, Debt)>,
) -> Result<(), Charged> {
    debited.clear();
    for (index, charge) in charges.iter().enumerate() {
        let key = key(charge);
        // The same key may be charged twice in one call: only what it owes in the end is to be stored.
        let earlier = debited.iter_mut().find(|(known, _)| *known == key);
        let debt = match &earlier {
            Some((_, debt)) => Some(*debt),
            None => stored(key),
        };
        let Some(debt) = charge.debit(debt, now) else {
            let retry_after = charge.quota.retry_after(debt, now);
            // The caller has stored nothing yet, so the charges before this one are not made either.
            return Err(Charged::limited(index, retry_after));
        };
        match earlier {
            Some((_, known)) => *known = debt,
            None => debited.push((key, debt)),
        }
    }
    Ok(())
}
