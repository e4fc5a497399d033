//! Nothing secret is in an event, a log, a span or a metric, whatever happens.

use std::io;
use std::sync::{Arc, Mutex, Once};

use device_grant::DeviceGrants;
use device_grant::code::CodeKeys;
use device_grant::grant::KeyThumbprint;
use device_grant::host::{Event, Observer, Quota};
use device_grant::message::{ErrorResponse, TokenResponse};
use device_grant::telemetry::{MetricsObserver, trace};
use device_grant::testing::{
    Disruption, FaultyStore, ManualClock, Poll, RecordedEvents, Scenario, Script, ScriptedIssuer,
    StoreCall,
};
use device_grant::{Limits, store::MemoryStore};
use metrics_exporter_prometheus::PrometheusBuilder;

use super::{INTERVAL, LIFETIME, SECOND, Test};

const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const SESSION: &str = "the identifier of her session";

thread_local! {
    /// The trace of this test's thread.
    static TRACED: Sink = Sink::default();
}

/// Returns what is traced from now on by this thread. One subscriber serves the process: those of single threads would be
/// asked by the threads of other tests whether they are interested.
fn traced() -> Sink {
    static SUBSCRIBER: Once = Once::new();
    SUBSCRIBER.call_once(|| {
        let subscriber = tracing_subscriber::fmt()
            .json()
            .with_max_level(tracing::Level::TRACE)
            .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
            .with_writer(|| TRACED.with(Sink::clone))
            .finish();
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
    TRACED.with(Sink::clone)
}

/// Keeps what is written.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<String>>);

impl Sink {
    fn push(&self, text: &str) {
        self.0.lock().unwrap().push_str(text);
    }

    fn text(&self) -> String {
        self.0.lock().unwrap().clone()
    }
}

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.push(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A server whose every sink is looked through, and the secrets that it has seen.
struct Watched {
    t: Scenario,
    store: FaultyStore<MemoryStore>,
    secrets: Vec<String>,
}

impl Watched {
    fn new(lines: &Sink, script: impl IntoIterator<Item = Script>) -> Self {
        let clock = ManualClock::new();
        let issuer = ScriptedIssuer::new(script).clock(&clock);
        let store = FaultyStore::new(MemoryStore::new().with_clock(clock.clone()));
        let (lines, counted) = (lines.clone(), MetricsObserver::new());
        let grants = DeviceGrants::builder(Scenario::ISSUER, issuer)
            .verification_uri(Scenario::VERIFICATION_URI)
            .in_memory()
            .store(store.clone())
            .keys(CodeKeys::from_base64(KEY).unwrap())
            .clock(clock.clone())
            .limits(Limits::default().entries_per_subject(Quota::new(2, 600 * SECOND)))
            .observer(move |event: &Event| {
                lines.push(&format!("{event}\n{event:?}\n"));
                trace(event);
                counted.observe(event);
            })
            .build()
            .unwrap();
        let t = Scenario::around(grants, clock, RecordedEvents::new());
        let secrets = [KEY, VERIFIER, SESSION].map(str::to_owned).into();
        Self { t, store, secrets }
    }

    /// Notes what is secret about a device.
    fn note(&mut self, device: &device_grant::testing::WaitingDevice) {
        let code = device.user_code();
        self.secrets.push(code.to_owned());
        self.secrets.push(code.replace('-', ""));
        self.secrets.push(device.response().device_code.clone());
    }

    /// Everything that devices and end users can do, and much that can go wrong.
    fn run(&mut self) -> Test {
        let alice = self.t.visitor("alice").session(SESSION);
        for step in 0..8 {
            let device = self.t.device("tv").key(KeyThumbprint::from_bytes([7; 32]));
            let tv = device.pkce(VERIFIER).authorize("openid")?;
            self.note(&tv);
            let _ = (tv.poll()?, tv.poll()?, tv.poll()?);
            let review = alice.review(&tv)?;
            // Its first half is the identifier of the grant, which is no secret.
            let ticket = review.ticket.expose();
            let (_, nonce) = ticket.split_once('.').unwrap();
            self.secrets.push(nonce.to_owned());
            let _ = alice.type_code("WDJB-MJHT");
            match step {
                0 => alice.deny(&review)?,
                1 => alice.report_not_me(&review)?,
                2 => alice.release(&review)?,
                3 => _ = self.t.revoke(&tv.grant_id())?,
                _ => alice.approve(&review)?,
            }
            if step == 7 {
                // The lease is written, and what became of the commit is unknown.
                self.store.forget_calls();
                let lost = Disruption::FailBefore;
                self.store.disrupt(StoreCall::Find.always(), lost.clone());
                self.store.disrupt(StoreCall::Replace.nth(2), lost);
            }
            for _ in 0..4 {
                if let Ok(Poll::Tokens) = tv.poll() {
                    self.secrets.push(tv.tokens().unwrap().access_token.clone());
                }
                let _ = self.t.visitor("mallory").review(&tv);
                self.t.advance(INTERVAL);
            }
            self.t.advance(LIFETIME);
            let _ = (tv.poll(), alice.approve(&review), alice.review(&tv));
        }
        self.t.advance(3_600 * SECOND);
        assert!(self.t.purge(9)? > 0);
        Ok(())
    }
}

#[test]
fn nothing_secret_is_in_an_event_a_log_a_span_or_a_metric() -> Test {
    let (lines, traced) = (Sink::default(), traced());
    let recorder = PrometheusBuilder::new().build_recorder();
    let unfit = TokenResponse::bearer("", SECOND);
    let script = [
        Script::Tokens,
        Script::Response(unfit),
        Script::Unavailable,
        Script::Refused(ErrorResponse::access_denied()),
        Script::Tokens,
    ];
    let secrets = metrics::with_local_recorder(&recorder, || {
        let mut watched = Watched::new(&lines, script);
        watched.run().map(|()| watched.secrets)
    })?;
    let metrics = recorder.handle().render();
    // What is looked through is there.
    for event in ["redeemed", "fault", "commit_unknown", "limited", "purged"] {
        assert!(lines.text().contains(&format!("{event} ")), "{event}");
        let traced = traced.text();
        let name = format!("device_grant.{event}");
        assert!(
            event == "limited" || traced.contains(&name),
            "{name}\n{traced}"
        );
    }
    assert!(secrets.iter().any(|secret| secret.starts_with("token-")));
    for (sink, text) in [
        ("events", lines.text()),
        ("tracing", traced.text()),
        ("metrics", metrics),
    ] {
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "{secret:?} is in {sink}");
        }
    }
    Ok(())
}

#[test]
fn a_span_says_which_grant_and_with_what_outcome() -> Test {
    let traced = traced();
    let server = super::Server::new([]);
    let tv = server.approved_device();
    assert_eq!(tv.poll().unwrap(), Poll::Tokens);
    let id = tv.grant_id();
    let told: Vec<_> = closed_spans(&traced)
        .into_iter()
        .map(|span| {
            let field = |name: &str| span[name].as_str().unwrap_or_default().to_owned();
            assert_eq!(field("device_grant.client_id"), "tv");
            assert_eq!(field("device_grant.id"), id.to_string());
            (field("name"), field("device_grant.outcome"))
        })
        .collect();
    let outcomes = [
        ("device_grant.authorize", "authorized"),
        ("device_grant.review", "reviewed"),
        ("device_grant.approve", "approved"),
        ("device_grant.poll", "redeemed"),
    ];
    let outcomes = outcomes.map(|(name, outcome)| (name.to_owned(), outcome.to_owned()));
    assert_eq!(told, outcomes);
    Ok(())
}

/// The spans that were closed, in their order.
fn closed_spans(traced: &Sink) -> Vec<serde_json::Value> {
    let text = traced.text();
    text.lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|line| line["fields"]["message"] == "close")
        .map(|mut line| line["span"].take())
        .collect()
}

#[test]
fn a_span_has_the_type_of_an_error_and_only_of_an_error() -> Test {
    let traced = traced();
    let server = super::Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    server.store.forget_calls();
    let fails = Disruption::FailBefore;
    server.store.disrupt(StoreCall::RecordPoll.nth(1), fails);
    assert!(tv.poll().is_err());
    server.t.advance(5 * SECOND);
    assert_eq!(tv.poll()?, Poll::Pending);
    let types: Vec<_> = closed_spans(&traced)
        .into_iter()
        .map(|mut span| span["error.type"].take())
        .collect();
    let (none, fault) = (serde_json::Value::Null, "fault".into());
    assert_eq!(types, [none.clone(), fault, none]);
    Ok(())
}

#[test]
fn every_series_is_there_from_the_start_at_zero() {
    let recorder = PrometheusBuilder::new().build_recorder();
    metrics::with_local_recorder(&recorder, MetricsObserver::new);
    let text = recorder.handle().render();
    for series in [
        r#"device_grant_events_total{event="redeemed"} 0"#,
        r#"device_grant_events_total{event="reported_not_me"} 0"#,
        r#"device_grant_faults_total{port="store",retryable="true"} 0"#,
        r#"device_grant_port_calls_total{port="store",operation="record_poll",outcome="error"} 0"#,
        "device_grant_live_grants 0",
        "device_grant_user_code_length 0",
    ] {
        assert!(text.contains(series), "{series}\n{text}");
    }
}

#[test]
fn metrics_follow_a_sign_in() -> Test {
    let recorder = PrometheusBuilder::new().build_recorder();
    metrics::with_local_recorder(&recorder, || -> Test {
        let observer = MetricsObserver::new();
        let server = super::Server::with([], |builder| builder.observer(observer));
        let (tv, _other) = (
            server.t.device("tv").authorize("")?,
            server.t.device("tv").authorize("")?,
        );
        server.t.advance(40 * SECOND);
        assert_eq!(tv.poll()?, Poll::Pending);
        server.t.visitor("alice").approve(&tv)?;
        assert_eq!(tv.poll()?, Poll::Tokens);
        Ok(())
    })?;
    let text = recorder.handle().render();
    for series in [
        r#"device_grant_events_total{event="authorized"} 2"#,
        r#"device_grant_events_total{event="poll_pending"} 1"#,
        "device_grant_approval_duration_seconds_sum 40",
        "device_grant_redemption_duration_seconds_count 1",
        "device_grant_live_grants 1",
        "device_grant_user_code_length 8",
        r#"device_grant_port_calls_total{port="store",operation="record_poll",outcome="ok"} 2"#,
    ] {
        assert!(text.contains(series), "{series}\n{text}");
    }
    Ok(())
}
