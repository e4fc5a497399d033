use std::time::Duration;

use device_grant::code::{CodeKeys, UserCodeFormat};
use device_grant::limiter::MemoryLimiter;
use device_grant::store::MemoryStore;
use device_grant::testing::{FailingEntropy, ScriptedIssuer};
use device_grant::{Builder, DeviceGrants, Limits};

use super::{LIFETIME, SECOND};

const KEY: &str = "bm90IGEgc2VjcmV0OiBmb3IgZG9jdW1lbnRhdGlvbi4u";

fn at(issuer: &str, page: &str) -> Builder {
    DeviceGrants::builder(issuer, ScriptedIssuer::new([])).verification_uri(page)
}

fn sound() -> Builder {
    at("https://id.example", "https://id.example/activate").in_memory()
}

/// The settings that are complained of.
fn problems(builder: Builder) -> Vec<&'static str> {
    let error = builder.build().unwrap_err();
    let problems = error.problems().iter();
    problems.map(|problem| problem.setting).collect()
}

#[test]
fn the_defaults_are_sound() {
    let grants = sound().build().unwrap();
    assert_eq!(grants.issuer(), "https://id.example");
    assert_eq!(grants.verification_uri(), "https://id.example/activate");
    assert_eq!(grants.user_code_format(), UserCodeFormat::default());
}

#[test]
fn store_limiter_and_keys_are_required() {
    let bare = || at("https://id.example", "https://id.example/activate");
    assert_eq!(problems(bare()), ["keys", "store", "limiter"]);
    let keys = || CodeKeys::from_base64(KEY).unwrap();
    assert_eq!(problems(bare().keys(keys())), ["store", "limiter"]);
    let with_store = bare().keys(keys()).store(MemoryStore::new());
    assert_eq!(problems(with_store), ["limiter"]);
    let complete = bare().keys(keys()).store(MemoryStore::new());
    assert!(complete.limiter(MemoryLimiter::new()).build().is_ok());
}

#[test]
fn only_https_will_do_but_on_a_loopback_host() {
    for issuer in [
        "",
        "id.example",
        "http://id.example",
        "https://id.example/?q",
        "https://id.example/#f",
        "ftp://id.example",
    ] {
        let builder = at(issuer, "https://id.example/activate").in_memory();
        assert_eq!(problems(builder), ["issuer"], "{issuer}");
    }
    for page in [
        "",
        "/activate",
        "http://id.example/activate",
        "https://id.example/activate#f",
    ] {
        let builder = at("https://id.example", page).in_memory();
        assert_eq!(problems(builder), ["verification_uri"], "{page}");
    }
    for host in ["localhost", "127.0.0.1", "[::1]"] {
        let page = format!("http://{host}:8628/activate");
        let builder = at(&format!("http://{host}:8628"), &page).in_memory();
        assert!(builder.build().is_ok(), "{host}");
    }
}

#[test]
fn times_are_held_to_their_bounds() {
    type Set = fn(Builder, Duration) -> Builder;
    let milli = Duration::from_millis(1);
    let day = 24 * 3_600 * SECOND;
    let settings: [(&str, Set, &[Duration], &[Duration]); 8] = [
        (
            "lifetime",
            Builder::lifetime,
            &[10 * SECOND, 1_800 * SECOND],
            &[Duration::ZERO, 1_801 * SECOND, LIFETIME + milli],
        ),
        (
            "polling_interval",
            Builder::polling_interval,
            &[SECOND, 60 * SECOND],
            &[Duration::ZERO, 61 * SECOND, 5 * SECOND + milli],
        ),
        (
            "retention",
            Builder::retention,
            &[60 * SECOND, 366 * day],
            &[59 * SECOND, 367 * day],
        ),
        (
            "review_lifetime",
            Builder::review_lifetime,
            &[SECOND, 1_800 * SECOND],
            &[Duration::ZERO, 1_801 * SECOND],
        ),
        (
            "lease",
            Builder::lease,
            &[SECOND, 300 * SECOND],
            &[Duration::ZERO, 301 * SECOND],
        ),
        (
            "port_timeout",
            Builder::port_timeout,
            &[100 * milli, 60 * SECOND],
            &[Duration::ZERO, 99 * milli, 61 * SECOND],
        ),
        (
            "redemption_window",
            Builder::redemption_window,
            &[10 * SECOND, 1_800 * SECOND],
            &[Duration::ZERO, 10 * SECOND - milli, 1_801 * SECOND],
        ),
        (
            "clock_skew",
            Builder::clock_skew,
            &[Duration::ZERO, 2_500 * milli - Duration::from_micros(1)],
            // Of nodes that are half an interval apart, a client could choose who finds it in time.
            &[2_500 * milli, 10 * SECOND + milli],
        ),
    ];
    for (name, set, sound_values, bad_values) in settings {
        for value in sound_values {
            let built = set(sound(), *value).build();
            assert!(built.is_ok(), "{name} {value:?}: {built:?}");
        }
        for value in bad_values.iter().chain([&Duration::MAX]) {
            let found = problems(set(sound(), *value));
            assert!(found.contains(&name), "{name} {value:?}: {found:?}");
        }
    }
}

#[test]
fn the_interval_is_at_most_half_the_lifetime() {
    let builder = |lifetime| sound().polling_interval(5 * SECOND).lifetime(lifetime);
    assert!(builder(10 * SECOND).build().is_ok());
    assert_eq!(problems(builder(9 * SECOND)), ["polling_interval"]);
}

#[test]
fn clocks_may_differ_by_ten_seconds_if_the_interval_is_long_enough() {
    let with = |skew| sound().polling_interval(60 * SECOND).clock_skew(skew);
    assert!(with(10 * SECOND).build().is_ok());
    let more = 10 * SECOND + Duration::from_millis(1);
    assert_eq!(problems(with(more)), ["clock_skew"]);
}

#[test]
fn an_interval_that_is_none_is_one_problem() {
    let builder = sound().polling_interval(Duration::ZERO);
    assert_eq!(problems(builder), ["polling_interval"]);
}

#[test]
fn codes_that_can_be_guessed_are_refused_with_the_bits_they_need() {
    let short = || {
        UserCodeFormat::digits(9)
            .unwrap()
            .with_lengths(9..=9)
            .unwrap()
    };
    let bound = |bound| Limits::default().expected_hits(bound);
    assert!(sound().user_code_format(short()).build().is_ok());
    let strict = || sound().limits(bound(1e-7));
    assert!(strict().build().is_ok());
    for builder in [
        strict().user_code_format(short()),
        strict().also_user_code_format(short()),
    ] {
        assert_eq!(problems(builder), ["user_code_format"]);
    }
    assert_eq!(problems(sound().limits(bound(1e-14))), ["user_code_format"]);

    let error = strict().user_code_format(short()).build().unwrap_err();
    let problem = &error.problems()[0];
    assert_eq!(problem.value, "29.9 bits at its longest");
    let needed = "has to be at least 35.1 bits, such as 9 of the RFC's 20 consonants";
    assert!(problem.bound.contains(needed), "{problem}");
    let growing = short().with_lengths(9..=11).unwrap();
    assert!(strict().user_code_format(growing).build().is_ok());
}

#[test]
fn the_bound_on_guessing_is_above_nothing_and_at_most_one_in_a_thousand() {
    for (bound, is_sound) in [
        (1e-3, true),
        (1e-9, true),
        (1.001e-3, false),
        (1.0, false),
        (0.0, false),
        (-1e-5, false),
        (f64::NAN, false),
        (f64::INFINITY, false),
    ] {
        let built = sound()
            .limits(Limits::default().expected_hits(bound))
            .build();
        let found = built.err().map(|error| error.problems()[0].setting);
        let expected = if is_sound { None } else { Some("limits") };
        assert_eq!(found, expected, "{bound}");
    }
}

#[test]
fn a_longer_lifetime_changes_how_fast_codes_are_issued_and_not_how_well_guessing_pays() {
    let long = sound().lifetime(1_800 * SECOND).build().unwrap();
    assert!(long.guess_budget().expected_hits <= 1e-5);
    assert_eq!(long.guess_budget().lifetime, 1_800 * SECOND);
}

#[test]
fn a_generator_that_fails_is_told_when_keys_are_drawn() {
    assert_eq!(
        problems(sound().entropy(FailingEntropy::new())),
        ["entropy"]
    );
    let keys = CodeKeys::from_base64(KEY).unwrap();
    let with_keys = sound().entropy(FailingEntropy::new()).keys(keys);
    assert!(with_keys.build().is_ok());
}

#[test]
fn all_problems_are_told_at_once_each_with_a_remedy() {
    let error = at("http://id.example", "no uri")
        .lifetime(3_600 * SECOND)
        .polling_interval(Duration::from_millis(500))
        .retention(Duration::ZERO)
        .review_lifetime(Duration::ZERO)
        .lease(Duration::ZERO)
        .clock_skew(60 * SECOND)
        .user_code_format(
            UserCodeFormat::digits(9)
                .unwrap()
                .with_lengths(9..=9)
                .unwrap(),
        )
        .limits(Limits::default().expected_hits(1e-7))
        .build()
        .unwrap_err();
    let settings: Vec<_> = error
        .problems()
        .iter()
        .map(|problem| problem.setting)
        .collect();
    assert_eq!(
        settings,
        [
            "issuer",
            "verification_uri",
            "lifetime",
            "polling_interval",
            "retention",
            "review_lifetime",
            "lease",
            "polling_interval",
            "clock_skew",
            "user_code_format",
            "keys",
            "store",
            "limiter",
        ]
    );
    let text = error.to_string();
    assert_eq!(text.lines().count(), 1 + error.problems().len());
    for problem in error.problems() {
        assert!(!problem.bound.is_empty() && !problem.remedy.is_empty());
        assert!(text.contains(problem.remedy), "{text}");
    }
    let lifetime = &error.problems()[2];
    assert_eq!(
        lifetime.to_string(),
        "lifetime is 3600s, but has to be 1s to 1800s: set 600 s, which gives people enough time and a phisher little"
    );
}

#[test]
fn no_key_is_in_the_debug_of_builder_or_service() {
    let builder = sound().keys(CodeKeys::from_base64(KEY).unwrap());
    let shown = format!("{builder:?}");
    let shown = format!("{shown} {:?}", builder.build().unwrap());
    assert!(
        !shown.contains(KEY) && !shown.contains("not a secret"),
        "{shown}"
    );
}

#[test]
fn what_is_set_takes_precedence_over_the_memory_whichever_comes_first() {
    use device_grant::testing::{FaultyStore, Scenario, StoreCall};
    let store = FaultyStore::new(MemoryStore::new());
    let before = DeviceGrants::builder(Scenario::ISSUER, ScriptedIssuer::new([]))
        .verification_uri(Scenario::VERIFICATION_URI)
        .store(store.clone())
        .in_memory();
    let after = sound().store(store.clone());
    for builder in [before, after] {
        let clock = device_grant::testing::ManualClock::new();
        let t = Scenario::around(
            builder.clock(clock.clone()).build().unwrap(),
            clock,
            device_grant::testing::RecordedEvents::new(),
        );
        store.forget_calls();
        t.device("tv").authorize("").unwrap();
        assert_eq!(store.calls(), [StoreCall::Insert]);
    }
}

/// A grant that is forgotten under a live lease would lose the tokens that are being issued.
#[test]
fn a_retention_below_the_lease_is_refused() {
    let with = |skew| {
        sound()
            .retention(60 * SECOND)
            .lease(60 * SECOND)
            .clock_skew(skew)
    };
    assert!(with(Duration::ZERO).build().is_ok());
    assert_eq!(problems(with(SECOND)), ["retention"]);
    let longer = sound().retention(60 * SECOND).lease(61 * SECOND);
    assert_eq!(problems(longer), ["retention"]);
}

/// "Sign out everywhere" would find nothing after an hour, and nobody would have said so.
#[test]
fn a_directory_takes_a_retention_that_is_said() {
    let store = std::sync::Arc::new(MemoryStore::new());
    let with_directory = || sound().store(store.clone()).directory(store.clone());
    assert_eq!(problems(with_directory()), ["retention"]);
    assert!(with_directory().retention(60 * SECOND).build().is_ok());
    assert!(sound().store(store.clone()).build().is_ok());
    // In memory everything is forgotten with the process anyway.
    assert!(sound().build().is_ok());
}
