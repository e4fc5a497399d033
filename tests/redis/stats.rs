//! The counts of commands that a server keeps.

use std::collections::BTreeMap;

use super::runtime::RUNTIME;
use super::server::Server;

/// The commands that this harness, Sentinels, pools, and the client when it connects, send besides.
const NOISE: &[&str] = &[
    "client|setinfo",
    "client|setname",
    "cluster|slots",
    "config|resetstat",
    "config|set",
    "hello",
    "info",
    "ping",
    "publish",
    "quit",
    "replconf",
    "role",
    "subscribe",
    "unwatch",
];

/// Returns how often each command ran during `act`. The commands of scripts are counted, too.
pub(crate) fn commands<T>(server: &Server, act: impl Future<Output = T>) -> BTreeMap<String, u64> {
    commands_of_all(std::slice::from_ref(server), act)
}

/// The same on several servers.
pub(crate) fn commands_of_all<T>(
    servers: &[Server],
    act: impl Future<Output = T>,
) -> BTreeMap<String, u64> {
    for server in servers {
        server.command(&["CONFIG", "RESETSTAT"]);
    }
    RUNTIME.block_on(act);
    let mut counted = BTreeMap::new();
    for server in servers {
        let info = server.command(&["INFO", "commandstats"]);
        for line in info.lines() {
            if let Some((name, calls)) = command_and_calls(line) {
                *counted.entry(name.to_owned()).or_default() += calls;
            }
        }
    }
    counted
}

fn command_and_calls(line: &str) -> Option<(&str, u64)> {
    let (name, stats) = line.strip_prefix("cmdstat_")?.split_once(':')?;
    let calls = stats.strip_prefix("calls=")?.split(',').next()?;
    let calls = (!NOISE.contains(&name)).then(|| calls.parse().unwrap())?;
    Some((name, calls))
}

pub(crate) fn of<const N: usize>(expected: [(&str, u64); N]) -> BTreeMap<String, u64> {
    expected
        .map(|(name, calls)| (name.to_owned(), calls))
        .into()
}

/// Returns the number of statements that it got since its start.
pub(crate) fn statements(server: &Server) -> u64 {
    let info = server.command(&["INFO", "stats"]);
    let count = info
        .lines()
        .find_map(|line| line.strip_prefix("total_commands_processed:"));
    count
        .and_then(|count| count.trim().parse().ok())
        .unwrap_or(0)
}
