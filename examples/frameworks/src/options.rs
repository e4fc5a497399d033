use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

/// The command line: `--listen ADDR`, `--body-deadline SECS`.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Where to listen. Port 0 picks a free one.
    pub listen: SocketAddr,
    /// How long a body may take to arrive.
    pub body_deadline: Duration,
}

impl Options {
    /// Reads the command line of this process.
    ///
    /// # Errors
    ///
    /// An option that is unknown, or has no value that fits.
    pub fn from_args() -> Result<Self, Box<dyn Error>> {
        use lexopt::prelude::*;

        let mut options = Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8630)),
            body_deadline: Duration::from_secs(10),
        };
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("listen") => options.listen = parser.value()?.parse()?,
                Long("body-deadline") => {
                    let seconds = parser.value()?.parse()?;
                    options.body_deadline = Duration::try_from_secs_f64(seconds)?;
                }
                other @ (Short(_) | Long(_) | Value(_)) => return Err(other.unexpected().into()),
            }
        }
        Ok(options)
    }
}
