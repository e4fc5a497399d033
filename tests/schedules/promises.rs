//! The promises of SECURITY.md, of what one grant's callers have heard.

use device_grant::device_grants::Revocation;
use device_grant::testing::Poll;

use crate::house::{Act, Decision, Heard, House, LIFETIME, RETENTION};
use crate::ports::Trouble;

/// A promise that was not kept.
pub(crate) type Broken = &'static str;

/// Holds at any moment.
pub(crate) fn always(house: &House) -> Result<(), Broken> {
    let heard = house.heard();
    let delivered: Vec<&String> = heard.iter().filter_map(tokens).collect();
    if delivered.len() > 1 {
        return Err("I1: one approval, two sets of tokens");
    }
    let discarded = house.issuer.discarded();
    if discarded
        .iter()
        .any(|void| delivered.contains(&&void.access_token))
    {
        return Err("I1: tokens were delivered and discarded");
    }
    let approved = heard.contains(&Heard::Approved(Decision::Made));
    let denied = heard.contains(&Heard::Denied(Decision::Made));
    if approved && denied {
        return Err("I2: a grant was approved and denied");
    }
    if denied && !delivered.is_empty() {
        return Err("I2: a denied grant has tokens");
    }
    let after = |said: fn(&Heard) -> bool| {
        let at = heard.iter().position(said).unwrap_or(heard.len());
        heard[at..].iter().any(|heard| tokens(heard).is_some())
    };
    if after(|heard| *heard == Heard::Polled(Poll::Expired)) {
        return Err("I6: tokens came after expired_token");
    }
    if after(|heard| *heard == Heard::Revoked(Revocation::BeforeRedemption)) {
        return Err("tokens came after a revocation that said that none would");
    }
    Ok(())
}

/// Holds as long as nobody has sent the confirmation code.
pub(crate) fn unconfirmed(house: &House) -> Result<(), Broken> {
    if house.heard().iter().any(|heard| tokens(heard).is_some()) {
        return Err("tokens came without the confirmation code");
    }
    Ok(())
}

/// Holds when all has come to rest, and a poll has had its last answer.
pub(crate) fn at_rest(
    house: &House,
    acts: &[Act],
    is_approved: bool,
    last: Poll,
) -> Result<(), Broken> {
    always(house)?;
    let heard = house.heard();
    let delivered = heard.iter().filter(|heard| tokens(heard).is_some()).count();
    let dropped = heard.iter().any(|heard| matches!(heard, Heard::Dropped(_)));
    let (issued, void) = (house.issuer.issued().len(), house.issuer.discarded().len());
    // Who goes away while the issuer works leaves tokens that nobody hears of; where the store fails after the commit, an
    // event tells of them.
    let unknown = house.commits_unknown();
    if !dropped && issued != delivered + void + unknown {
        return Err("I1: tokens are neither delivered nor discarded");
    }
    let is_spent = (dropped || unknown > 0) && last == Poll::InvalidGrant;
    let approved = is_approved || heard.contains(&Heard::Approved(Decision::Made));
    let denied = heard.contains(&Heard::Denied(Decision::Made));
    if denied && !matches!(last, Poll::Denied | Poll::Expired | Poll::InvalidGrant) {
        return Err("I2: a denial was lost");
    }
    let undone = acts.iter().any(|act| {
        matches!(act, Act::Revoke | Act::Bring(Trouble::IssuerRefuses))
            || [Act::Pass(LIFETIME), Act::Pass(RETENTION)].contains(act)
    });
    if approved && !undone && delivered == 0 && !is_spent {
        return Err("I3: an approval was lost");
    }
    let asked = approved || acts.contains(&Act::Approve);
    if delivered > 0 && !asked {
        return Err("I10: nobody approved");
    }
    let expired = heard.contains(&Heard::Polled(Poll::Expired));
    if expired && !matches!(last, Poll::Expired | Poll::InvalidGrant) {
        return Err("I6: expired_token did not last");
    }
    Ok(())
}

fn tokens(heard: &Heard) -> Option<&String> {
    if let Heard::Tokens(tokens) = heard {
        Some(tokens)
    } else {
        None
    }
}
