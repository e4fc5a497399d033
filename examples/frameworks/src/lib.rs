//! The parts that these hosts share: a small server that was there before, and the options of their command lines.

mod host;
mod listening;
mod options;
mod tower_server;

pub use host::{Host, draw, is_cross_site};
pub use listening::listen;
pub use options::Options;
pub use tower_server::serve;
