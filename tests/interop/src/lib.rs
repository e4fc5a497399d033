//! A stage for clients that other people wrote: the example server, a proxy in front of it that notes each answer and
//! makes faults on request, and a person with a browser.
//!
//! A client is tested against real sockets and polls by its own loop. Nothing here sleeps: the person acts once the
//! proxy has seen the client poll.

mod person;
mod proxy;
mod server;
mod stage;

pub use person::Person;
pub use proxy::{Answer, Fault};
pub use stage::Stage;
