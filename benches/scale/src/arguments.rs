use crate::figure::Op;

/// The figures that the command line asks for.
pub(crate) struct Arguments {
    /// The number of pending grants.
    pub(crate) pending: usize,
    /// The figures to print.
    pub(crate) ops: Vec<Op>,
    /// The numbers of threads.
    pub(crate) threads: Vec<usize>,
    /// False under `cargo test`, which wants to see it run and no figures.
    pub(crate) is_measured: bool,
}

const USAGE: &str = "usage: cargo bench --bench scale -- [N] [--op OP]... [--threads N]...
  N            pending grants, from 10 to 10000000 [default: 1000]
  --op OP      authorize, poll_pending, approve, redeem or bytes_per_pending [default: each]
  --threads N  from 1 to 64 [default: 1 and 2]";

const FEWEST: usize = 10;
const MOST: usize = 10_000_000;
const MOST_THREADS: usize = 64;
/// As many as a debug build issues in a second.
const FEW: usize = 200;

impl Arguments {
    /// Reads the command line, without the program's name.
    pub(crate) fn parse(arguments: impl Iterator<Item = String>) -> Result<Self, &'static str> {
        let mut arguments: Vec<_> = arguments.collect();
        let is_measured = arguments.iter().any(|argument| argument == "--bench");
        // `cargo bench` says `--bench`. `cargo test` does not: its arguments are names of tests, and options of the harness.
        arguments.retain(|argument| is_measured && argument != "--bench");
        let mut arguments = arguments.into_iter();
        let (mut pending, mut ops, mut threads) = (None, Vec::new(), Vec::new());
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(USAGE);
            match argument.as_str() {
                "--op" => ops.push(Op::parse(&value()?).ok_or(USAGE)?),
                "--threads" => threads.push(number(&value()?, 1, MOST_THREADS)?),
                count => pending = Some(number(count, FEWEST, MOST)?),
            }
        }
        if ops.is_empty() {
            ops = Op::ALL.to_vec();
        }
        if threads.is_empty() {
            threads = vec![1, 2];
        }
        Ok(Self {
            pending: pending.unwrap_or(if is_measured { 1_000 } else { FEW }),
            ops,
            threads,
            is_measured,
        })
    }
}

fn number(text: &str, fewest: usize, most: usize) -> Result<usize, &'static str> {
    let number = text.parse().ok();
    let allowed = number.filter(|number| (fewest..=most).contains(number));
    allowed.ok_or(USAGE)
}
