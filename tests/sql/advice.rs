//! What the errors of a store say.

use std::error::Error;

use device_grant::host::StoreError;

pub(crate) fn assert_passing(error: &StoreError, advice: &str) {
    assert!(error.is_retryable(), "{error:?}");
    assert_advice(error, advice);
}

pub(crate) fn assert_lasting(error: &StoreError, advice: &str) {
    assert!(!error.is_retryable(), "{error:?}");
    assert_advice(error, advice);
}

fn assert_advice(error: &StoreError, advice: &str) {
    let source = error.source().unwrap().to_string();
    assert!(source.contains(advice), "{source}");
}
