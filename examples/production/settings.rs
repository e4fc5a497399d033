use std::env;
use std::net::SocketAddr;

use crate::tokens::Fallible;

/// The command line: `--listen ADDR`, `--public-url URL`, `--demo`; and the environment: `DATABASE_URL`.
pub(crate) struct Settings {
    pub(crate) listen: SocketAddr,
    /// What the server is called from outside, behind a TLS front.
    pub(crate) public_url: Option<String>,
    /// Whether there are to be users and clients to try it with.
    pub(crate) demo: bool,
    pub(crate) database: String,
}

impl Settings {
    pub(crate) fn from_args() -> Fallible<Self> {
        use lexopt::prelude::*;

        let mut settings = Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8630)),
            public_url: None,
            demo: false,
            database: env::var("DATABASE_URL").map_err(|_| "DATABASE_URL has to be set")?,
        };
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("listen") => settings.listen = parser.value()?.parse()?,
                Long("public-url") => settings.public_url = Some(parser.value()?.string()?),
                Long("demo") => settings.demo = true,
                other @ (Short(_) | Long(_) | Value(_)) => return Err(other.unexpected().into()),
            }
        }
        Ok(settings)
    }
}
