use std::{env, fmt};

use crate::kind::Kind;

/// The task of this process.
pub(crate) enum Arguments {
    Run(Run),
    Work(Work),
}

/// The whole run.
pub(crate) struct Run {
    pub(crate) kind: Kind,
    pub(crate) grants: usize,
    pub(crate) redelivery: bool,
}

/// One of the processes that are killed.
pub(crate) struct Work {
    pub(crate) kind: Kind,
    /// The way to the store.
    pub(crate) way: String,
    pub(crate) redelivery: bool,
}

const USAGE: &str = "usage: redemption --store STORE [--grants N] [--redelivery]
  --store STORE   mariadb-sqlx-08, mariadb-sqlx-09, postgres-deadpool-014, postgres-sqlx-08, postgres-sqlx-09,
                  sqlite-deadpool-09, sqlite-sqlx-08, sqlite-sqlx-09, redis or redis-cluster
  --grants N      how many grants are redeemed [default: 100000]
  --redelivery    a lost response may be answered again";

/// Before the arguments of a process that this program starts.
pub(crate) const WORK: &str = "work";

impl Arguments {
    pub(crate) fn parse() -> Result<Self, String> {
        let arguments: Vec<String> = env::args().skip(1).collect();
        if let [work, kind, way, redelivery] = arguments.as_slice()
            && work == WORK
        {
            return Ok(Self::Work(Work {
                kind: Kind::named(kind).ok_or(USAGE)?,
                way: way.clone(),
                redelivery: redelivery == "true",
            }));
        }
        let (mut kind, mut grants, mut redelivery) = (None, 100_000, false);
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--store" => kind = arguments.next().as_deref().and_then(Kind::named),
                "--grants" => {
                    let number = arguments.next().and_then(|number| number.parse().ok());
                    grants = number.ok_or(USAGE)?;
                }
                "--redelivery" => redelivery = true,
                _ => return Err(USAGE.to_owned()),
            }
        }
        Ok(Self::Run(Run {
            kind: kind.ok_or(USAGE)?,
            grants,
            redelivery,
        }))
    }
}

impl Run {
    pub(crate) fn redelivery_name(&self) -> &'static str {
        if self.redelivery { "on" } else { "off" }
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (store, redelivery) = (self.kind.name(), self.redelivery_name());
        write!(f, "{store}, redelivery {redelivery}")
    }
}
