use std::error::Error;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::time::Duration;

/// The command line: `--listen ADDR`, `--public-url URL`, `--head-deadline SECS`, `--body-deadline SECS`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Where to listen. Port 0 picks a free one.
    pub listen: SocketAddr,
    /// The address of all nodes of the server as seen from outside. Default: the address at which this one listens.
    pub public_url: Option<String>,
    /// The longest time that the head of a request may take to arrive, and that a connection may be idle between two.
    pub head_deadline: Duration,
    /// The longest time for a body to arrive.
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
            public_url: None,
            head_deadline: Duration::from_secs(10),
            body_deadline: Duration::from_secs(10),
        };
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("listen") => options.listen = parser.value()?.parse()?,
                Long("public-url") => options.public_url = Some(parser.value()?.string()?),
                Long("head-deadline") => options.head_deadline = seconds(&parser.value()?)?,
                Long("body-deadline") => options.body_deadline = seconds(&parser.value()?)?,
                other @ (Short(_) | Long(_) | Value(_)) => return Err(other.unexpected().into()),
            }
        }
        Ok(options)
    }
}

fn seconds(value: &OsString) -> Result<Duration, Box<dyn Error>> {
    use lexopt::ValueExt;

    Ok(Duration::try_from_secs_f64(value.parse()?)?)
}
