//! Orders in which threads run.

use std::sync::Arc;

use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::{Config, Runner};

/// Runs a scene with its threads in this many orders, or as many as the environment's `ORDERS` says: half of them at random,
/// half by a scheduler that seldom changes between threads.
pub(crate) fn explore(scene: impl Fn() + Send + Sync + 'static) {
    let orders = std::env::var("ORDERS").map_or(2_000, |orders| orders.parse().unwrap());
    let scene = Arc::new(scene);
    let again = Arc::clone(&scene);
    let mut config = Config::new();
    // Futures of an unoptimized build take more than the default, 32 KiB.
    config.stack_size = 1 << 20;
    Runner::new(RandomScheduler::new(orders / 2), config.clone()).run(move || scene());
    Runner::new(PctScheduler::new(3, orders / 2), config).run(move || again());
}
