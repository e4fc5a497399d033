use std::error::Error;
use std::fmt;
use std::net::IpAddr;

use device_grant::code::UserCodeFormat;
use device_grant::device_grants::ReviewError;
use device_grant::grant::Arrival;
use device_grant::host::Visitor;

use crate::plan::{LIFETIME, Plan};
use crate::random::Seeded;
use crate::server::Server;

/// The guessers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Crowd {
    pub(crate) accounts: u32,
    pub(crate) networks: u32,
    /// The number of codes that they try in a second, all together.
    pub(crate) rate: u32,
}

/// The outcome of an attack.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Count {
    /// The number of codes that were tried.
    pub(crate) made: u32,
    /// The number of them that the limiter allowed.
    pub(crate) admitted: u32,
    /// The number of these that are hits by chance: for each, the live codes divided by all codes.
    pub(crate) expected: f64,
    /// The number of hits.
    pub(crate) hits: u32,
}

impl Default for Crowd {
    fn default() -> Self {
        Self {
            accounts: 2_000,
            networks: 500,
            rate: 10,
        }
    }
}

impl Crowd {
    fn in_a_hurry(self, times: u32) -> Self {
        Self {
            rate: self.rate.saturating_mul(times),
            ..self
        }
    }

    /// The account whose turn it is, on its network: there, each time from another address of one /64 in a /48 of its own.
    pub(crate) fn visitor(self, turn: u32) -> Visitor {
        let account = turn % self.accounts;
        let network = account % self.networks;
        let [_, high, middle, low] = network.to_be_bytes();
        let ip: IpAddr = if network.is_multiple_of(2) {
            [10, high, middle, low].into()
        } else {
            let site = 0x2001_0db8_u128 << 96 | u128::from(network) << 80;
            std::net::Ipv6Addr::from_bits(site | u128::from(turn)).into()
        };
        Visitor::new(format!("account {account}"))
            .with_session("a browser")
            .with_ip(ip)
    }
}

impl fmt::Display for Crowd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            accounts,
            networks,
            rate,
        } = self;
        write!(
            f,
            "{accounts} accounts on {networks} networks try {rate} codes a second"
        )
    }
}

/// Attacks the server of the plan; `tick` hears of each second.
pub(crate) fn simulate(
    plan: &Plan,
    crowd: &Crowd,
    seed: u64,
    tick: impl Fn(),
) -> Result<Count, Box<dyn Error>> {
    // Codes and guesses are drawn apart.
    let (codes, guesses) = (Seeded::new(seed), Seeded::new(!seed));
    let mut server = Server::new(plan, codes.next())?;
    let crowd = crowd.in_a_hurry(plan.hurry);
    futures_executor::block_on(async {
        let mut count = Count::default();
        for second in 0..plan.seconds() {
            tick();
            server.advance_to(second).await?;
            // Until as many codes are live as are going to be, nobody guesses.
            if second >= LIFETIME.as_secs() {
                attack(&server, plan, crowd, &guesses, &mut count).await?;
            }
        }
        Ok(count)
    })
}

/// One second of it.
async fn attack(
    server: &Server,
    plan: &Plan,
    crowd: Crowd,
    guesses: &Seeded,
    count: &mut Count,
) -> Result<(), Box<dyn Error>> {
    // The codes that are easiest to hit: the shortest of which some are live.
    let (Some(length), live) = server.easiest() else {
        return Ok(());
    };
    let chance = f64::from(live) / length.code_space;
    for _ in 0..crowd.rate {
        let visitor = crowd.visitor(count.made);
        count.made += 1;
        let code = guess(plan, &length.format, guesses);
        match server.grants.review(&code, Arrival::Typed, &visitor).await {
            Ok(_) => count.hits += 1,
            Err(ReviewError::Unknown) => {}
            Err(ReviewError::TooManyAttempts { .. }) => continue,
            Err(error) => return Err(error.into()),
        }
        count.admitted += 1;
        count.expected += chance;
    }
    Ok(())
}

/// Any code of this length, each as likely as the other: nothing is known of them that would make a better guess.
fn guess(plan: &Plan, format: &UserCodeFormat, guesses: &Seeded) -> String {
    let letter = |_| plan.alphabet.get(guesses.below(plan.alphabet.len()));
    let letters = (0..*format.lengths().start()).filter_map(letter);
    letters.map(|letter| char::from(*letter)).collect()
}
