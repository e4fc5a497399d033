//! The texts of the errors of a store.

use std::error::Error;

use device_grant::host::PortError;

pub(crate) fn assert_passing(error: &PortError, advice: &str) {
    assert!(error.is_retryable(), "{error:?}");
    assert_advice(error, advice);
}

pub(crate) fn assert_lasting(error: &PortError, advice: &str) {
    assert!(!error.is_retryable(), "{error:?}");
    assert_advice(error, advice);
}

fn assert_advice(error: &PortError, advice: &str) {
    let source = error.source().unwrap().to_string();
    assert!(source.contains(advice), "{source}");
}
