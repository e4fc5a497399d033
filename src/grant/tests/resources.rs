use super::*;

const A: &str = "https://a.example";
const B: &str = "https://b.example";

fn names(resources: &[&str]) -> Vec<String> {
    resources.iter().map(|name| (*name).to_owned()).collect()
}

/// A grant for both resources that nobody has reviewed.
fn asked() -> Grant {
    let scenario = Scenario::new().with(|facts| facts.requested.resources = names(&[A, B]));
    scenario.taken_to(Stage::Unreviewed)
}

/// The same grant, approved for both, with tokens for `resources`.
fn redeemed_for(resources: &[&str]) -> Grant {
    let claimed = asked().claim(
        &reviewer("alice", "s1"),
        Arrival::Typed,
        Scenario::NONCE,
        at(10),
        REVIEW,
    );
    let claimed = claimed.unwrap();
    let claim = Claim::clone(&claimed.claim);
    let granted = Granted::new(claim, asked().facts().requested.clone(), at(20));
    let approved = claimed
        .next
        .unwrap()
        .approve(granted, at(20), REVIEW)
        .unwrap();
    let fence = Fence::from_bytes([7; 16]);
    let leased = approved.lease(fence, at(30), Scenario::LEASE, &names(resources));
    leased
        .unwrap()
        .commit(Attempt::new(fence, 1), at(31))
        .unwrap()
}

#[test]
fn a_poll_may_name_resources_that_were_asked_for() {
    for (named, expected) in [
        (&[][..], true),
        (&[B], true),
        (&[A, B], true),
        (&[A, "https://c.example"], false),
    ] {
        assert_eq!(asked().may_name(&names(named)), expected, "{named:?}");
    }
}

#[test]
fn once_tokens_were_issued_a_poll_may_name_exactly_their_resources_or_none() {
    for (named, for_one, for_both) in [
        (&[][..], true, true),
        (&[A], true, false),
        (&[B], false, false),
        (&[A, B], false, true),
        (&[B, A], false, true),
    ] {
        let named = names(named);
        assert_eq!(redeemed_for(&[A]).may_name(&named), for_one, "{named:?}");
        assert_eq!(
            redeemed_for(&[A, B]).may_name(&named),
            for_both,
            "{named:?}"
        );
    }
}
