//! `counts OPERATION` runs an operation a thousand times inside of one function, whose instructions valgrind counts.
//! `scripts/instructions` runs it and holds the numbers against those in `recorded.tsv`.
//!
//! Time, random bytes and addresses are the same in each run. What is left to chance is where a hash map puts its keys.

#[path = "../../scale/src/hands.rs"]
mod hands;
mod layered;
#[cfg(feature = "observers")]
mod observers;
#[path = "../../scale/src/ready.rs"]
mod ready;
mod server;

use std::hint::black_box;
use std::process::ExitCode;

#[cfg(feature = "observers")]
use device_grant::host::Event;

use crate::layered::Layered;
use crate::server::{Server, visitor};

/// The number of runs that are counted, and of those before them.
const RUNS: usize = 1_000;
const WARM_UP: usize = 100;

/// Makes the closure that is run, with all that it needs prepared.
type Prepare = fn() -> Box<dyn FnMut()>;

const OPERATIONS: &[(&str, Prepare)] = &[
    ("authorize", || {
        let server = Server::new();
        let mut requests = prepared(|number| server.request(number));
        Box::new(move || _ = black_box(server.authorize(next(&mut requests))))
    }),
    ("poll_pending", || {
        let server = Server::new();
        let mut polls = prepared(|number| server.authorized(number));
        Box::new(move || _ = black_box(server.poll(&next(&mut polls))))
    }),
    ("poll_early", || {
        let server = Server::new();
        let code = server.authorized(0);
        assert!(server.poll(&code).is_pending());
        server.pass(2);
        Box::new(move || _ = black_box(server.poll(&code)))
    }),
    ("review", || {
        let (server, visitor) = (Server::new(), visitor());
        let mut codes = prepared(|number| server.user_code(number));
        Box::new(move || _ = black_box(server.review(&next(&mut codes), &visitor)))
    }),
    ("approve", || {
        let (server, visitor) = (Server::new(), visitor());
        let mut tickets = prepared(|number| server.review(&server.user_code(number), &visitor));
        Box::new(move || server.approve(&next(&mut tickets), &visitor))
    }),
    ("redeem", || {
        let server = Server::new();
        let mut codes = prepared(|number| server.approved(number));
        Box::new(move || _ = black_box(server.poll(&next(&mut codes))))
    }),
    ("http_authorize", || {
        let mut app = Layered::new(&Server::new());
        let mut requests = prepared(|_| app.authorization());
        Box::new(move || _ = black_box(app.send(next(&mut requests))))
    }),
    ("http_poll_pending", || polling(Server::new())),
    #[cfg(feature = "observers")]
    ("http_poll_observed", || {
        polling(Server::with(|builder| builder.observer(|_: &Event| {})))
    }),
    #[cfg(feature = "observers")]
    ("http_poll_metrics", || polling(observers::metered())),
    #[cfg(feature = "observers")]
    ("http_poll_traced", || polling(observers::traced())),
    ("http_poll_early", || {
        let server = Server::new();
        let mut app = Layered::new(&server);
        let code = server.authorized(0);
        assert!(server.poll(&code).is_pending());
        server.pass(2);
        let mut requests = prepared(|_| app.poll(&code));
        Box::new(move || _ = black_box(app.send(next(&mut requests))))
    }),
    ("http_review_page", || {
        let server = Server::new();
        let mut app = Layered::new(&server);
        let mut requests = prepared(|number| app.review_page(&server.user_code(number)));
        Box::new(move || _ = black_box(app.send(next(&mut requests))))
    }),
];

/// Polls over HTTP, each of a grant of its own.
fn polling(server: Server) -> Box<dyn FnMut()> {
    let mut app = Layered::new(&server);
    let mut requests = prepared(|number| app.poll(&server.authorized(number)));
    Box::new(move || _ = black_box(app.send(next(&mut requests))))
}

fn main() -> ExitCode {
    let wanted = std::env::args().nth(1).unwrap_or_default();
    let mut operations = OPERATIONS.iter();
    let Some((_, prepare)) = operations.find(|(name, _)| *name == wanted) else {
        for (name, _) in OPERATIONS {
            println!("{name}");
        }
        return ExitCode::from(u8::from(!wanted.is_empty()));
    };
    let mut operation = prepare();
    (0..WARM_UP).for_each(|_| operation());
    measured(&mut *operation);
    ExitCode::SUCCESS
}

/// Runs the operation. Valgrind counts what happens in here.
#[inline(never)]
fn measured(operation: &mut dyn FnMut()) {
    (0..RUNS).for_each(|_| operation());
}

/// One of these for each run.
fn prepared<T>(mut make: impl FnMut(u32) -> T) -> std::vec::IntoIter<T> {
    let all = u32::try_from(RUNS + WARM_UP).expect("a thousand");
    (0..all).map(&mut make).collect::<Vec<_>>().into_iter()
}

fn next<T>(prepared: &mut std::vec::IntoIter<T>) -> T {
    prepared.next().expect("one for each run")
}
