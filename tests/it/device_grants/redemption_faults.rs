//! Every way in which the ports can fail a redemption: what comes of it is one set of tokens at most, and exactly
//! one unless the host refused, or the answer got lost after the commit.

use std::collections::BTreeSet;

use device_grant::Builder;
use device_grant::message::{ErrorResponse, TokenResponse};
use device_grant::testing::{
    Disruption, Occasion, Poll, Script, StepError, StoredGrant, WaitingDevice,
};

use super::{INTERVAL, LEASE, SECOND, Server};

/// More store calls than any redemption makes.
const CALLS: usize = 12;

const FAILURES: [Disruption; 3] = [
    Disruption::FailBefore,
    Disruption::FailAfter,
    Disruption::FailThenDo,
];

/// With these the poll ends.
const HANGS: [Disruption; 2] = [Disruption::HangBefore, Disruption::HangAfter];

fn scripts() -> Vec<Vec<Script>> {
    let response = |token: &str| TokenResponse::bearer(token, 3_600 * SECOND);
    vec![
        vec![Script::Tokens],
        vec![Script::Unavailable],
        vec![Script::Refused(ErrorResponse::access_denied())],
        vec![Script::Hang],
        vec![Script::Panic],
        vec![Script::Late(LEASE - SECOND)],
        vec![Script::Late(LEASE)],
        vec![Script::Response(response("not\nprintable"))],
        vec![Script::Response(
            response("wide").with_scope("openid email".parse().unwrap()),
        )],
        vec![Script::Unavailable, Script::Late(2 * LEASE), Script::Hang],
    ]
}

#[test]
fn one_store_fault_never_burns_nor_doubles_an_approval() {
    for script in scripts() {
        for call in 1..=CALLS {
            for how in FAILURES.into_iter().chain(HANGS) {
                Redemption::run(&script, &[(call, how)]).judge();
            }
        }
    }
}

#[test]
fn two_store_faults_never_burn_nor_double_an_approval() {
    // By far the longest test here: a thread for each script.
    std::thread::scope(|threads| {
        for script in scripts() {
            threads.spawn(move || two_store_faults(&script));
        }
    });
}

fn two_store_faults(script: &[Script]) {
    for first in 1..=CALLS {
        for second in first + 1..=CALLS {
            for how in FAILURES {
                for then in FAILURES.into_iter().chain(HANGS) {
                    Redemption::run(script, &[(first, how.clone()), (second, then)]).judge();
                }
            }
        }
    }
}

#[test]
fn a_store_that_stays_away_never_burns_nor_doubles_an_approval() {
    for script in scripts() {
        for from in 1..=CALLS {
            for how in FAILURES {
                let outage: Vec<_> = (from..from + CALLS)
                    .map(|call| (call, how.clone()))
                    .collect();
                Redemption::run(&script, &outage).judge();
            }
        }
    }
}

#[test]
fn one_store_fault_in_a_redemption_does_not_even_cost_the_answer() {
    const LEASE_AND_COMMIT: [usize; 2] = [2, 3];
    for call in LEASE_AND_COMMIT {
        for how in FAILURES {
            let redemption = Redemption::run(&[Script::Tokens], &[(call, how)]);
            assert_eq!(redemption.first, Ok(Poll::Tokens), "{}", redemption.what);
        }
    }
}

#[test]
fn within_the_redelivery_window_not_even_a_lost_answer_costs_the_tokens() {
    let window = |builder: Builder| builder.redelivery(2 * LEASE);
    for script in [Script::Tokens, Script::Hang, Script::Late(LEASE)] {
        for call in 1..=CALLS {
            for how in FAILURES.into_iter().chain(HANGS) {
                let server = Server::with([script.clone()], window);
                let redemption = Redemption::on(server, &[(call, how)]);
                let what = &redemption.what;
                assert!(redemption.tv.token_sets() >= 1, "{what}");
                let issued = redemption.server.issuer.issued();
                let delivered = redemption.delivered();
                let last = issued
                    .iter()
                    .rfind(|set| delivered.contains(&set.access_token));
                let grant = redemption.server.grant_of(&redemption.tv);
                assert_eq!(grant.state, "redeemed", "{what}");
                assert_eq!(grant.attempt, last.map(|set| set.attempt.clone()), "{what}");
            }
        }
    }
}

/// A redemption whose first poll is disrupted, and that is polled until it has a definite answer.
struct Redemption {
    what: String,
    server: Server,
    tv: WaitingDevice,
    first: Result<Poll, StepError>,
}

impl Redemption {
    fn run(script: &[Script], disruptions: &[(usize, Disruption)]) -> Self {
        let redemption = Self::on(Server::new(script.iter().cloned()), disruptions);
        Self {
            what: format!("{script:?} with {}", redemption.what),
            ..redemption
        }
    }

    fn on(server: Server, disruptions: &[(usize, Disruption)]) -> Self {
        let what = format!("{disruptions:?}");
        let tv = server.approved_device();
        for (call, how) in disruptions {
            server.store.disrupt(Occasion::nth(*call), how.clone());
        }
        let first = tv.poll();
        server.store.heal();
        let mut last = Poll::Pending;
        let mut polls = 0;
        let is_open = |poll| {
            matches!(
                poll,
                Poll::Pending | Poll::Unavailable | Poll::Hung | Poll::Panicked
            )
        };
        while is_open(last) {
            polls += 1;
            assert!(polls < 40, "no definite answer after {polls} polls: {what}");
            server.t.advance(INTERVAL);
            // A later line of the script may be what breaks the issuer's contract.
            last = tv.poll().unwrap_or(Poll::Unavailable);
        }
        Self {
            what,
            server,
            tv,
            first,
        }
    }

    fn judge(&self) {
        let Self { what, tv, .. } = self;
        let sets = tv.token_sets();
        assert!(sets <= 1, "{sets} sets of tokens: {what}");
        let StoredGrant { state, attempt, .. } = self.server.grant_of(tv);
        if let Some(attempt) = attempt {
            let redeemed = self.issued_by(&attempt).filter(|_| sets == 1);
            assert_eq!(self.delivered(), redeemed.collect(), "{what}");
            assert!(
                sets == 1 || self.may_have_lost_the_answer(),
                "burnt: {what}"
            );
        } else {
            let is_refused = state == "refused";
            assert!(is_refused && sets == 0, "ends as {state}: {what}");
        }
        self.judge_discarded();
    }

    /// Asserts that no delivered tokens were discarded, and that all others are of attempts that were cut short.
    fn judge_discarded(&self) {
        let what = &self.what;
        let delivered = self.delivered();
        let discarded: BTreeSet<String> = tokens(self.server.issuer.discarded());
        assert!(delivered.is_disjoint(&discarded), "{what}");
        let issued = tokens(self.server.issuer.issued());
        let loose = issued.len() - delivered.len() - discarded.len();
        let cut_short = self.server.t.events().count("commit_unknown")
            + usize::from(self.first == Ok(Poll::Hung));
        assert!(loose <= cut_short, "{loose} token sets forgotten: {what}");
    }

    /// After the commit, only a crash or a store that cannot be asked lets tokens get lost.
    fn may_have_lost_the_answer(&self) -> bool {
        let is_unknown = self.server.t.events().count("commit_unknown") == 1;
        self.first == Ok(Poll::Hung) || (is_unknown && self.first.is_err())
    }

    fn delivered(&self) -> BTreeSet<String> {
        let tokens = self.tv.tokens();
        tokens
            .map(|tokens| tokens.access_token.to_owned())
            .into_iter()
            .collect()
    }

    fn issued_by(&self, attempt: &str) -> impl Iterator<Item = String> {
        let issued = self.server.issuer.issued().into_iter();
        issued
            .filter(move |issued| issued.attempt == attempt)
            .map(|issued| issued.access_token)
    }
}

fn tokens(issued: Vec<device_grant::testing::IssuedTokens>) -> BTreeSet<String> {
    issued
        .into_iter()
        .map(|issued| issued.access_token)
        .collect()
}
