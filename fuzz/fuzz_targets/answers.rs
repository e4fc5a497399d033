//! The device's side: any answer of any server. The poller never waits longer than it says that it will.

#![no_main]

use std::time::Instant;

use device_grant::message::DeviceAuthorizationResponse;
use device_grant::poller::{PollAnswer, Poller, Step};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: (u16, &str, &str, &str, &[u8], &[u8])| {
    let (status, retry_after, date, applied, authorization, body) = data;
    let now = Instant::now();
    let sound = r#"{"device_code":"d","user_code":"u","verification_uri":"https://id.example/activate","expires_in":600}"#;
    let response = DeviceAuthorizationResponse::from_json(authorization)
        .or_else(|_| DeviceAuthorizationResponse::from_json(sound.as_bytes()));
    let Ok(response) = response else { return };
    let mut poller = Poller::new(response, now);
    let _ = (poller.prefer(now), poller.form(&[]));
    let answer = PollAnswer {
        status,
        retry_after: Some(retry_after),
        date: Some(date),
        preference_applied: Some(applied),
        body,
    };
    let _ = poller.answered(&answer, now);
    if let Step::Wait(time) = poller.next(now) {
        assert!(
            time <= Poller::MAX_RETRY_AFTER
                .max(Poller::MAX_INTERVAL)
                .max(Poller::MAX_BACK_OFF),
            "{time:?}"
        );
    }
});
