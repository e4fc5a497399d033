use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;

use super::StepError;
use super::block_on::{Ran, block_on, message};

/// A step of a scenario, to be run to its end.
type Step<'a> = Pin<&'a mut (dyn Future<Output = ()> + 'a)>;

/// Runs the steps of a scenario: as [`block_on`] does, or as the test says.
#[derive(Clone, Default)]
pub(super) struct Executor(Option<Arc<BlockOn>>);

type BlockOn = dyn Fn(Step<'_>) + Send + Sync;

impl Executor {
    pub(super) fn new(block_on: impl Fn(Step<'_>) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(block_on)))
    }

    pub(super) fn run<F: Future>(&self, step: F) -> Ran<F::Output> {
        let Some(run) = &self.0 else {
            return block_on(step);
        };
        let mut output = None;
        let ended = {
            // The output is kept aside, so that one function of the test runs steps of every type.
            let step = pin!(async { output = Some(step.await) });
            catch_unwind(AssertUnwindSafe(|| run(step)))
        };
        match (ended, output) {
            (Err(payload), _) => Ran::Panicked(message(&*payload)),
            (Ok(()), Some(output)) => Ran::Done(output),
            (Ok(()), None) => Ran::Hung,
        }
    }

    /// Runs one call of [`DeviceGrants`](crate::DeviceGrants) to its end.
    pub(super) fn catch<T, E: Into<StepError>>(
        &self,
        step: impl Future<Output = Result<T, E>>,
    ) -> Result<T, StepError> {
        match self.run(step) {
            Ran::Done(result) => result.map_err(Into::into),
            Ran::Hung => Err(StepError::Hung),
            Ran::Panicked(message) => Err(StepError::Panicked(message)),
        }
    }
}

impl fmt::Debug for Executor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() {
            "Executor(own)"
        } else {
            "Executor(block_on)"
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::runtime::{Builder, Runtime};
    use tokio::time::{sleep, timeout};

    use crate::host::{Redemption, issuer_fn};
    use crate::message::TokenResponse;
    use crate::testing::{Poll, Scenario, StepError};

    fn runtime() -> Runtime {
        Builder::new_current_thread().enable_all().build().unwrap()
    }

    /// A server whose token issuer sleeps on tokio's clock.
    fn server(pause: Duration) -> Scenario {
        Scenario::new(issuer_fn(move |_: Redemption| async move {
            sleep(pause).await;
            Ok(TokenResponse::bearer("token", Duration::from_secs(3600)))
        }))
    }

    fn poll(t: &Scenario) -> Result<Poll, StepError> {
        let tv = t.device("tv").authorize("openid")?;
        t.visitor("alice").approve(&tv)?;
        tv.poll()
    }

    #[test]
    fn an_issuer_on_tokio_runs_where_the_test_says() {
        let runtime = runtime();
        let t = server(Duration::from_millis(1)).block_on(move |step| runtime.block_on(step));
        assert_eq!(poll(&t), Ok(Poll::Tokens));
        assert_eq!(t.purge(1), Ok(0));
    }

    #[test]
    fn without_a_runtime_it_panics() {
        assert_eq!(poll(&server(Duration::from_millis(1))), Ok(Poll::Panicked));
    }

    #[test]
    fn a_step_that_is_given_up_hung() {
        let runtime = runtime();
        let t = server(Duration::MAX).block_on(move |step| {
            _ = runtime.block_on(async { timeout(Duration::from_millis(10), step).await });
        });
        assert_eq!(poll(&t), Ok(Poll::Hung));
    }

    #[test]
    fn errors_say_what_to_do() {
        for error in [
            StepError::Hung,
            StepError::Panicked("there is no reactor".to_owned()),
        ] {
            assert!(
                error.to_string().ends_with("gets it by Scenario::block_on"),
                "{error}"
            );
        }
    }
}
