//! Random histories of a whole server, beside a model of a page.

mod compare;
mod draw;
mod house;
mod page;
mod step;

use device_grant::host::GrantStore;
use device_grant::testing::ManualClock;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use self::compare::compare;
use self::draw::histories;
use self::house::House;

/// Runs `cases` histories, or as many as the environment's `HISTORIES` says, each on a store that tells the time by the clock it
/// is given. A history that fails is made as short as possible, and its seed kept for the next run.
#[track_caller]
pub(crate) fn run<S: GrantStore + 'static>(
    cases: u32,
    source_file: &'static str,
    block_on: impl Fn(
        Box<dyn Future<Output = Result<(), TestCaseError>> + '_>,
    ) -> Result<(), TestCaseError>,
    store: impl AsyncFn(ManualClock) -> S,
) {
    let config = Config {
        source_file: Some(source_file),
        ..Config::default()
    };
    let asked = std::env::var("HISTORIES").ok();
    let cases = asked.map_or(cases, |asked| asked.parse().unwrap());
    let mut runner = TestRunner::new(Config { cases, ..config });
    let ran = runner.run(&histories(), |steps| {
        block_on(Box::new(async {
            let clock = ManualClock::new();
            let house = House::new(store(clock.clone()).await, &clock);
            let compared = compare(house, &steps).await;
            compared.map_err(TestCaseError::fail)
        }))
    });
    if let Err(error) = ran {
        panic!("{error}");
    }
}
