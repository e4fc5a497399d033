use std::error::Error;

use serde::{Deserialize, Serialize};

use crate::figures::{Figures, rounded};
use crate::tally::Bucket;

/// The measured cost of each operation, from `costs.tsv`, where each has its source.
#[derive(Clone, Debug)]
pub(crate) struct Costs {
    /// Microseconds of the store and of PostgreSQL for a statement.
    statement_micros: f64,
    /// Microseconds of the server for a request over HTTP, without TLS, to issue codes and to answer a poll.
    pub(crate) codes_micros: f64,
    pub(crate) poll_micros: f64,
    /// Bytes of PostgreSQL's log for a statement of each kind.
    recorded_wal: f64,
    written_wal: f64,
    charged_wal: f64,
    /// Bytes of a row in PostgreSQL, with its indexes.
    pub(crate) row_bytes: f64,
    /// Bytes of a poll that waits, in the server.
    pub(crate) waiting_bytes: f64,
}

pub(crate) const FILE: &str = include_str!("costs.tsv");

impl Costs {
    pub(crate) fn read() -> Result<Self, Box<dyn Error>> {
        let named = |name: &str| -> Result<f64, Box<dyn Error>> {
            let mut lines = FILE.lines().map(|line| line.split('\t'));
            let line = lines.find_map(|mut line| (line.next()? == name).then(|| line.next())?);
            let value = line.ok_or_else(|| format!("costs.tsv has no {name}"))?;
            Ok(value.parse()?)
        };
        Ok(Self {
            statement_micros: named("statement")?,
            codes_micros: named("http_codes")?,
            poll_micros: named("http_poll")?,
            recorded_wal: named("wal_record_poll")?,
            written_wal: named("wal_write")?,
            charged_wal: named("wal_charge")?,
            row_bytes: named("row")?,
            waiting_bytes: named("waiting_poll")?,
        })
    }

    /// The bytes of the log in a second.
    pub(crate) fn wal(&self, load: &Load) -> f64 {
        load.recorded * self.recorded_wal
            + load.written * self.written_wal
            + load.charged * self.charged_wal
    }

    /// The number of processors that are busy with statements, in PostgreSQL and in the store.
    pub(crate) fn processors(&self, load: &Load) -> f64 {
        let statements = load.recorded + load.written + load.read + load.charged;
        statements * self.statement_micros / 1e6
    }

    /// The number of processors that are busy with requests of devices, in the server, if its new codes and its polls are at
    /// their highest at the same time.
    pub(crate) fn http_processors(&self, run: &Figures) -> f64 {
        let codes = run.codes_per_second.highest() * self.codes_micros;
        let polls = run.polls_per_second.highest() * self.poll_micros;
        (codes + polls) / 1e6
    }
}

/// Calls of store and limiter in a second.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct Load {
    recorded: f64,
    written: f64,
    read: f64,
    charged: f64,
}

impl Load {
    pub(crate) fn new(bucket: &Bucket, factor: f64) -> Self {
        let times = |number: u32| rounded(f64::from(number) * factor);
        Self {
            recorded: times(bucket.recorded),
            written: times(bucket.written),
            read: times(bucket.read),
            charged: times(bucket.charged),
        }
    }
}
