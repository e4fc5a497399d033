use std::env;
use std::net::SocketAddr;

use crate::tokens::Fallible;

/// The command line: `--listen ADDR`, `--public-url URL`, `--proxies N`, `--metrics ADDR`, `--demo`; and the environment:
/// `DATABASE_URL` and `DEVICE_GRANT_CODE_KEY`.
pub(crate) struct Settings {
    pub(crate) listen: SocketAddr,
    /// The URL of the server from outside, behind a TLS front.
    pub(crate) public_url: Option<String>,
    /// The number of proxies between clients and the server. It is reached through them alone.
    pub(crate) proxies: u32,
    /// Where the metrics are, if anywhere: nobody outside should reach it.
    pub(crate) metrics: Option<SocketAddr>,
    /// True if there are to be users and clients to try it with.
    pub(crate) demo: bool,
    pub(crate) database: String,
    /// The keys of the user codes, from the oldest to the newest, with spaces between them.
    pub(crate) code_keys: String,
}

impl Settings {
    pub(crate) fn from_args() -> Fallible<Self> {
        use lexopt::prelude::*;

        let mut settings = Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8630)),
            public_url: None,
            proxies: 0,
            metrics: None,
            demo: false,
            database: set("DATABASE_URL")?,
            code_keys: set("DEVICE_GRANT_CODE_KEY")?,
        };
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("listen") => settings.listen = parser.value()?.parse()?,
                Long("public-url") => settings.public_url = Some(parser.value()?.string()?),
                Long("proxies") => settings.proxies = parser.value()?.parse()?,
                Long("metrics") => settings.metrics = Some(parser.value()?.parse()?),
                Long("demo") => settings.demo = true,
                other @ (Short(_) | Long(_) | Value(_)) => return Err(other.unexpected().into()),
            }
        }
        Ok(settings)
    }
}

fn set(name: &str) -> Fallible<String> {
    env::var(name).map_err(|_| format!("{name} has to be set").into())
}
