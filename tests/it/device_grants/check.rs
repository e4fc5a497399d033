use std::sync::Arc;
use std::time::Duration;

use device_grant::code::CodeKeys;
use device_grant::device_grants::Problem;
use device_grant::host::{
    Charge, Charged, Clock, GrantDirectory, Limiter, PageRequest, PortError, Row, System,
    async_trait,
};
use device_grant::limiter::MemoryLimiter;
use device_grant::store::MemoryStore;
use device_grant::testing::{
    Disruption, FaultyStore, ManualClock, Ran, Scenario, ScriptedIssuer, StoreCall, block_on,
};
use device_grant::{Builder, DeviceGrants};

use super::lying_store::ChangedRows;
use super::{SECOND, Test};

/// The settings that a problem is found with.
fn settings(grants: &DeviceGrants) -> Vec<&'static str> {
    let found = findings(grants);
    found.iter().map(|problem| problem.setting).collect()
}

fn findings(grants: &DeviceGrants) -> Vec<Problem> {
    let Ran::Done(findings) = block_on(grants.check()) else {
        panic!("a check answers");
    };
    findings
}

/// A node on this clock, on a store that tells the time by the other one.
fn node(clock: ManualClock, store: FaultyStore<MemoryStore>) -> Scenario {
    Scenario::on_clock(clock, ScriptedIssuer::new([]), |builder| {
        builder.store(store)
    })
    .unwrap()
}

#[test]
fn a_node_whose_clock_is_wrong_is_told_and_ends_nothing() -> Test {
    const WRONG: Duration = Duration::from_secs(75 * 60);
    let time = ManualClock::new();
    let store = FaultyStore::new(MemoryStore::new().with_clock(time.clone()));
    let right = node(time.clone(), store.clone());
    assert_eq!(findings(right.grants()), []);
    for is_ahead in [true, false] {
        let clock = ManualClock::new();
        clock.set(time.now());
        if is_ahead {
            clock.advance(WRONG);
        } else {
            clock.set_back(WRONG);
        }
        let wrong = node(clock, store.clone());
        let findings = findings(wrong.grants());
        let [problem] = &findings[..] else {
            panic!("{findings:?}");
        };
        let way = if is_ahead { "ahead" } else { "behind" };
        assert_eq!(problem.setting, "clock");
        assert!(problem.value.starts_with("4500 s"), "{problem}");
        assert!(problem.value.contains(way), "{problem}");
        let tv = wrong.device("tv").authorize("openid")?;
        assert_eq!(wrong.purge(100)?, 0);
        time.advance(5 * SECOND);
        assert_eq!(tv.poll()?, device_grant::testing::Poll::Pending);
        right.visitor("alice").approve(&tv)?;
        assert_eq!(tv.poll()?, device_grant::testing::Poll::Tokens);
    }
    Ok(())
}

#[test]
fn a_store_that_is_away_is_found() {
    let clock = ManualClock::new();
    let store = FaultyStore::new(MemoryStore::new().with_clock(clock.clone()));
    let t = node(clock, store.clone());
    store.disrupt(StoreCall::Now.always(), Disruption::FailBefore);
    let found = findings(t.grants());
    let problem = found.first().expect("a problem");
    assert_eq!(problem.setting, "store");
    assert!(
        problem.to_string().contains("the test cut the connection"),
        "{problem}"
    );
    store.heal();
    assert_eq!(findings(t.grants()), []);
}

/// A limiter that may forget and may not charge, as a database role without EXECUTE on the function.
struct MayNotCharge(MemoryLimiter);

#[async_trait]
impl Limiter for MayNotCharge {
    async fn charge(&self, _: &[Charge]) -> Result<Charged, PortError> {
        Err(PortError::broken("permission denied"))
    }

    async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        self.0.purge(limit).await
    }

    async fn check(&self) -> Result<Vec<String>, PortError> {
        self.0.check().await
    }
}

/// A limiter that may charge and may not forget.
struct MayNotForget(MemoryLimiter);

#[async_trait]
impl Limiter for MayNotForget {
    async fn charge(&self, charges: &[Charge]) -> Result<Charged, PortError> {
        self.0.charge(charges).await
    }

    async fn purge(&self, _: u32) -> Result<u64, PortError> {
        Err(PortError::broken("permission denied"))
    }

    async fn check(&self) -> Result<Vec<String>, PortError> {
        self.0.check().await
    }
}

#[test]
fn a_limiter_that_cannot_charge_or_cannot_forget_is_found() {
    let limiters: [Arc<dyn Limiter>; 2] = [
        Arc::new(MayNotCharge(MemoryLimiter::new())),
        Arc::new(MayNotForget(MemoryLimiter::new())),
    ];
    for limiter in limiters {
        let clock = ManualClock::new();
        let t = Scenario::on_clock(clock, ScriptedIssuer::new([]), |builder| {
            builder.limiter(limiter.clone())
        });
        let found = findings(t.unwrap().grants());
        let [problem] = &found[..] else {
            panic!("{found:?}");
        };
        assert_eq!(problem.setting, "limiter");
        assert!(
            problem.to_string().contains("permission denied"),
            "{problem}"
        );
    }
}

const ONE: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const OTHER: &str = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";
const THIRD: &str = "dGhlIHRoaXJkIGtleSBvZiB0aGlzIHRlc3QsIDMyIGJ5dGVz";

/// Nodes that share a clock, a store and a limiter.
struct Nodes {
    clock: ManualClock,
    limiter: Arc<MemoryLimiter>,
}

impl Nodes {
    fn new() -> Self {
        let clock = ManualClock::new();
        let limiter = Arc::new(MemoryLimiter::new().with_clock(clock.clone()));
        Self { clock, limiter }
    }

    /// The settings that a problem was found with, by a node with these keys, the newest last.
    fn find(&self, keys: &[&str]) -> Vec<&str> {
        let with = CodeKeys::parse(&keys.join("\n")).unwrap();
        self.find_with(|builder| builder.keys(with))
    }

    fn find_with(&self, configure: impl FnOnce(Builder) -> Builder) -> Vec<&str> {
        let (clock, limiter) = (self.clock.clone(), Arc::clone(&self.limiter));
        let t = Scenario::on_clock(clock, ScriptedIssuer::new([]), |builder| {
            configure(builder.limiter(limiter))
        });
        settings(t.unwrap().grants())
    }
}

#[test]
fn a_node_with_another_key_is_told_and_the_others_are_not() {
    let nodes = Nodes::new();
    assert_eq!(nodes.find(&[ONE]), [""; 0]);
    assert_eq!(nodes.find(&[ONE]), [""; 0]);
    assert_eq!(nodes.find(&[OTHER]), ["keys"]);
    assert_eq!(nodes.find(&[ONE]), [""; 0]);
}

/// Keys are compared by digests of 32 bits: those of some of these begin alike.
fn many_keys() -> impl Iterator<Item = CodeKeys> {
    (1..=24).map(|byte| CodeKeys::from_bytes([[byte; 32]]).unwrap())
}

#[test]
fn any_other_key_is_told() {
    for other in many_keys() {
        let nodes = Nodes::new();
        assert_eq!(nodes.find(&[ONE]), [""; 0]);
        assert_eq!(nodes.find_with(|builder| builder.keys(other)), ["keys"]);
    }
}

#[test]
fn keys_that_are_drawn_for_one_process_are_told_on_a_shared_limiter() {
    let nodes = Nodes::new();
    assert_eq!(nodes.find(&[ONE]), [""; 0]);
    let drawn = nodes.find_with(|builder| builder.entropy(System));
    assert_eq!(drawn, ["keys"]);
}

/// Nodes of one server, each with the keys that it has been given so far.
struct Rotation {
    clock: ManualClock,
    limiter: Arc<MemoryLimiter>,
    store: Arc<MemoryStore>,
}

impl Rotation {
    fn new() -> Self {
        let clock = ManualClock::new();
        let limiter = Arc::new(MemoryLimiter::new().with_clock(clock.clone()));
        let store = Arc::new(MemoryStore::new().with_clock(clock.clone()));
        Self {
            clock,
            limiter,
            store,
        }
    }

    fn node(&self, keys: &[&str]) -> Scenario {
        let keys = CodeKeys::parse(&keys.join("\n")).unwrap();
        self.with(|builder| builder.keys(keys))
    }

    fn with(&self, configure: impl FnOnce(Builder) -> Builder) -> Scenario {
        let (limiter, store) = (Arc::clone(&self.limiter), Arc::clone(&self.store));
        let node = Scenario::on_clock(self.clock.clone(), ScriptedIssuer::new([]), |builder| {
            configure(builder.limiter(limiter).store(store))
        });
        node.unwrap()
    }

    /// Asserts that each code of one node is found by the other.
    fn understand(one: &Scenario, other: &Scenario) {
        for (draws, finds) in [(one, other), (other, one)] {
            let tv = draws.device("tv").authorize("openid").unwrap();
            finds.visitor("alice").approve(&tv).unwrap();
        }
    }
}

#[test]
fn a_key_is_drawn_under_once_every_node_has_it_whichever_is_given_it_first() {
    let rotation = Rotation::new();
    let (one, other) = (rotation.node(&[ONE]), rotation.node(&[ONE]));
    assert_eq!(settings(one.grants()), [""; 0]);
    // The first node is given the new key, and started again.
    let one = rotation.node(&[ONE, OTHER]);
    Rotation::understand(&one, &other);
    assert_eq!(settings(one.grants()), ["key_rotation"]);
    assert_eq!(settings(other.grants()), [""; 0]);
    for _ in 0..4 {
        rotation.clock.advance(super::LIFETIME / 2);
        assert_eq!(settings(other.grants()), [""; 0], "it goes on as it was");
        assert_eq!(settings(one.grants()), ["key_rotation"]);
        Rotation::understand(&one, &other);
    }
    // So is the other one.
    let other = rotation.node(&[ONE, OTHER]);
    assert_eq!(settings(other.grants()), ["key_rotation"]);
    Rotation::understand(&one, &other);
    // Nobody is left who has the old key alone.
    rotation.clock.advance(super::LIFETIME);
    assert_eq!(settings(one.grants()), [""; 0]);
    Rotation::understand(&one, &other);
    assert_eq!(settings(other.grants()), [""; 0]);
    // The codes that were drawn under the old key are gone, and so is the key.
    rotation.clock.advance(super::LIFETIME);
    let one = rotation.node(&[OTHER]);
    assert_eq!(settings(one.grants()), [""; 0]);
    Rotation::understand(&one, &other);
    // A node that starts again now does not draw under the old key.
    Rotation::understand(&one, &rotation.node(&[ONE, OTHER]));
}

#[test]
fn a_clock_that_is_set_back_has_no_node_forget_the_keys_of_the_others() {
    for back in [1, 100_000] {
        let rotation = Rotation::new();
        let old = rotation.node(&[ONE]);
        assert_eq!(settings(old.grants()), [""; 0]);
        rotation.clock.set_back(back * SECOND);
        let new = rotation.node(&[ONE, OTHER]);
        Rotation::understand(&new, &old);
        assert_eq!(settings(new.grants()), ["key_rotation"], "{back}");
        let other = rotation.node(&[OTHER]);
        assert_eq!(settings(other.grants()), ["keys"], "{back}");
        Rotation::understand(&new, &old);
    }
}

#[test]
fn a_rotation_from_any_key_is_told_until_every_node_has_the_new_one() {
    for byte in 1..=24 {
        let rotation = Rotation::new();
        let (old, new) = ([byte; 32], [byte + 100; 32]);
        let before = CodeKeys::from_bytes([old]).unwrap();
        let before = rotation.with(|builder| builder.keys(before));
        assert_eq!(settings(before.grants()), [""; 0], "{byte}");
        let both = CodeKeys::from_bytes([old, new]).unwrap();
        let after = rotation.with(|builder| builder.keys(both));
        assert_eq!(settings(after.grants()), ["key_rotation"], "{byte}");
        Rotation::understand(&before, &after);
    }
}

#[test]
fn issuers_with_the_same_keys_are_each_told_by_their_own_nodes_which_one_all_have() {
    let rotation = Rotation::new();
    let old = rotation.node(&[ONE]);
    assert_eq!(settings(old.grants()), [""; 0]);
    let keys = CodeKeys::parse(&[ONE, OTHER].join("\n")).unwrap();
    let new = rotation.with(|builder| builder.keys(keys.clone()));
    assert_eq!(settings(new.grants()), ["key_rotation"]);
    let of_another_issuer = DeviceGrants::builder("https://other.example", ScriptedIssuer::new([]))
        .verification_uri("https://other.example/go")
        .in_memory()
        .keys(keys)
        .limiter(Arc::clone(&rotation.limiter))
        .clock(rotation.clock.clone())
        .build()
        .unwrap();
    assert_eq!(findings(&of_another_issuer), []);
    Rotation::understand(&new, &old);
}

#[test]
fn a_node_that_goes_back_to_the_old_key_has_the_others_draw_under_it() {
    let rotation = Rotation::new();
    let one = rotation.node(&[ONE, OTHER]);
    assert_eq!(settings(one.grants()), [""; 0]);
    let back = rotation.node(&[ONE]);
    assert_eq!(
        settings(back.grants()),
        ["keys"],
        "codes of the new key live"
    );
    assert_eq!(settings(one.grants()), ["key_rotation"]);
    Rotation::understand(&one, &back);
}

#[test]
fn keys_that_are_replaced_without_overlap_are_told_and_stop_no_service() {
    let rotation = Rotation::new();
    assert_eq!(settings(rotation.node(&[ONE]).grants()), [""; 0]);
    for key in [OTHER, THIRD] {
        let found = findings(rotation.node(&[key]).grants());
        assert!(
            matches!(&found[..], [problem] if problem.setting == "keys"),
            "{found:?}"
        );
        assert!(!found.iter().any(Problem::stops_service));
    }
    rotation.clock.advance(super::LIFETIME);
    assert_eq!(settings(rotation.node(&[OTHER]).grants()), [""; 0]);
}

/// A directory that cannot be read.
struct NoDirectory;

#[async_trait]
impl GrantDirectory for NoDirectory {
    async fn list(&self, _: &PageRequest) -> Result<Vec<Row>, PortError> {
        Err(PortError::broken("permission denied"))
    }
}

/// A limiter that works, with advice.
struct Risky(MemoryLimiter);

#[async_trait]
impl Limiter for Risky {
    async fn charge(&self, charges: &[Charge]) -> Result<Charged, PortError> {
        self.0.charge(charges).await
    }

    async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        self.0.purge(limit).await
    }

    async fn check(&self) -> Result<Vec<String>, PortError> {
        Ok(vec!["the disk is slow: buy another".to_owned()])
    }
}

#[test]
fn a_directory_that_cannot_be_read_and_advice_on_settings_are_told_and_stop_no_service() {
    let t = Scenario::on_clock(ManualClock::new(), ScriptedIssuer::new([]), |builder| {
        let limiter = Risky(MemoryLimiter::new());
        builder
            .limiter(limiter)
            .directory(NoDirectory)
            .retention(super::LIFETIME)
    });
    let found = findings(t.unwrap().grants());
    let lines: Vec<_> = found.iter().map(ToString::to_string).collect();
    let expected = [
        "durability is at risk (the disk is slow: buy another): change the setting, or accept the risk",
        "directory cannot be used (the port cannot serve this request: permission denied): fix the cause that the parentheses name",
    ];
    assert_eq!(lines, expected);
    assert!(!found.iter().any(Problem::stops_service));
}

#[test]
fn advice_of_the_store_is_told_and_stops_no_service() {
    let clock = ManualClock::new();
    let store = ChangedRows::of(MemoryStore::new().with_clock(clock.clone()));
    let t = Scenario::on_clock(clock, ScriptedIssuer::new([]), |builder| {
        builder.store(store)
    });
    let told = findings(t.unwrap().grants())
        .iter()
        .map(|problem| (problem.bound.clone(), problem.stops_service()))
        .collect::<Vec<_>>();
    let expected = "is at risk (rows are changed: take another store)";
    assert_eq!(told, [(expected.to_owned(), false)]);
}

#[test]
fn a_store_or_a_limiter_that_cannot_be_used_stops_service() {
    let store = FaultyStore::new(MemoryStore::new());
    let t = node(ManualClock::new(), store.clone());
    store.disrupt(StoreCall::Now.always(), Disruption::FailBefore);
    assert!(findings(t.grants()).iter().any(Problem::stops_service));
    let t = Scenario::on_clock(ManualClock::new(), ScriptedIssuer::new([]), |builder| {
        builder.limiter(MayNotCharge(MemoryLimiter::new()))
    });
    assert!(
        findings(t.unwrap().grants())
            .iter()
            .any(Problem::stops_service)
    );
}

#[test]
fn a_node_with_another_verification_uri_is_told() {
    let nodes = Nodes::new();
    let keys = || CodeKeys::from_base64(ONE).unwrap();
    assert_eq!(nodes.find(&[ONE]), [""; 0]);
    let (clock, limiter) = (nodes.clock.clone(), Arc::clone(&nodes.limiter));
    let (issuer, elsewhere) = (ScriptedIssuer::new([]), "https://id.example/device");
    let other = DeviceGrants::builder(Scenario::ISSUER, issuer)
        .verification_uri(elsewhere)
        .in_memory()
        .keys(keys())
        .limiter(limiter)
        .clock(clock)
        .build()
        .unwrap();
    assert_eq!(settings(&other), ["verification_uri"]);
}

#[test]
fn issuers_that_share_a_limiter_may_have_other_keys() {
    let nodes = Nodes::new();
    assert_eq!(nodes.find(&[ONE]), [""; 0]);
    let issuer = ScriptedIssuer::new([]);
    let other = DeviceGrants::builder("https://other.example", issuer)
        .verification_uri("https://other.example/go")
        .in_memory()
        .keys(CodeKeys::from_base64(OTHER).unwrap())
        .limiter(Arc::clone(&nodes.limiter))
        .clock(nodes.clock.clone())
        .build()
        .unwrap();
    assert_eq!(findings(&other), []);
}
