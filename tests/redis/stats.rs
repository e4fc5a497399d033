//! What a server counts of the commands it is sent.

use std::collections::BTreeMap;

use super::runtime::RUNTIME;
use super::server::Server;

/// What this harness, and the client when it connects, send besides.
const NOISE: &[&str] = &[
    "client|setinfo",
    "config|resetstat",
    "config|set",
    "hello",
    "info",
    "ping",
    "quit",
    "replconf",
];

/// How often each command ran while this was done. What scripts do inside is counted too.
pub(crate) fn commands<T>(server: &Server, act: impl Future<Output = T>) -> BTreeMap<String, u64> {
    server.command(&["CONFIG", "RESETSTAT"]);
    RUNTIME.block_on(act);
    let info = server.command(&["INFO", "commandstats"]);
    let counted = info.lines().filter_map(|line| {
        let (name, stats) = line.strip_prefix("cmdstat_")?.split_once(':')?;
        let calls = stats.strip_prefix("calls=")?.split(',').next()?;
        Some((name.to_owned(), calls.parse().unwrap()))
    });
    counted
        .filter(|(name, _)| !NOISE.contains(&name.as_str()))
        .collect()
}

pub(crate) fn of<const N: usize>(expected: [(&str, u64); N]) -> BTreeMap<String, u64> {
    expected
        .map(|(name, calls)| (name.to_owned(), calls))
        .into()
}

/// How many statements it has been sent since its start.
pub(crate) fn statements(server: &Server) -> u64 {
    let info = server.command(&["INFO", "stats"]);
    let count = info
        .lines()
        .find_map(|line| line.strip_prefix("total_commands_processed:"));
    count
        .and_then(|count| count.trim().parse().ok())
        .unwrap_or(0)
}
