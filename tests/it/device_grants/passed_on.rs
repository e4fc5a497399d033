//! An `Arc` of a port passes every call on to the port.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use device_grant::code::{GrantId, UserCodeDigest};
use device_grant::grant::{Facts, Timestamp};
use device_grant::host::{
    Announcer, ApprovalContext, AuthorizationContext, Charge, Charged, Client, Clock, Entropy,
    Event, EventKind, GrantDirectory, GrantStore, GrantsOf, IssueError, Limiter, NewRow, Observer,
    PageRequest, Policy, PollRecord, PortError, Redemption, Replacement, Row, Ruling, Timer,
    TokenIssuer, TokenRevocation, TokenRevoker, Visitor,
};
use device_grant::http::{
    Answering, ClientCredentials, ClientDirectory, Route, SignIn, VisitorSource,
};
use device_grant::message::TokenResponse;
use device_grant::page::{CustomPage, Page, Pages, Presentation, Presenter, Template};
use device_grant::store::MemoryStore;
use device_grant::testing::conformance::store::fixtures::{Shape, code, id, new_row, row};
use device_grant::testing::{ManualClock, Ran, Scenario, ScriptedIssuer, block_on};
use http::request::Parts;
use http::{Method, Request};

use super::shared_ports::files_of_ports;
use super::{SECOND, Test};

/// Every port at once. It notes which of its methods are called, and fails wherever it can.
#[derive(Default)]
struct Noted(Mutex<BTreeSet<String>>);

impl Noted {
    fn note(&self, call: &str) {
        self.0.lock().unwrap().insert(call.to_owned());
    }

    fn fail<T>(&self, call: &'static str) -> Result<T, PortError> {
        self.note(call);
        Err(PortError::broken(call))
    }
}

#[async_trait]
impl Announcer for Noted {
    async fn announce(&self, _: &GrantId) -> Result<(), PortError> {
        self.fail("Announcer::announce")
    }

    async fn listen(&self, _: &(dyn Fn(GrantId) + Send + Sync)) -> Result<(), PortError> {
        self.fail("Announcer::listen")
    }
}

impl Clock for Noted {
    fn now(&self) -> Timestamp {
        self.note("Clock::now");
        ManualClock::START
    }
}

impl Entropy for Noted {
    fn fill(&self, _: &mut [u8]) -> Result<(), PortError> {
        self.fail("Entropy::fill")
    }
}

#[async_trait]
impl GrantDirectory for Noted {
    async fn list(&self, _: &PageRequest) -> Result<Vec<Row>, PortError> {
        self.fail("GrantDirectory::list")
    }
}

#[async_trait]
impl GrantStore for Noted {
    async fn insert(&self, _: &NewRow) -> Result<Option<Timestamp>, PortError> {
        self.fail("GrantStore::insert")
    }

    async fn find(&self, _: &GrantId) -> Result<Option<Row>, PortError> {
        self.fail("GrantStore::find")
    }

    async fn find_by_user_code(&self, _: &[UserCodeDigest]) -> Result<Vec<Row>, PortError> {
        self.fail("GrantStore::find_by_user_code")
    }

    async fn replace(&self, _: &Replacement) -> Result<bool, PortError> {
        self.fail("GrantStore::replace")
    }

    async fn record_poll(&self, _: &PollRecord) -> Result<Option<Row>, PortError> {
        self.fail("GrantStore::record_poll")
    }

    async fn now(&self) -> Result<Timestamp, PortError> {
        self.fail("GrantStore::now")
    }

    async fn purge(&self, _: u32) -> Result<u64, PortError> {
        self.fail("GrantStore::purge")
    }

    async fn check(&self) -> Result<Vec<String>, PortError> {
        self.fail("GrantStore::check")
    }
}

#[async_trait]
impl Limiter for Noted {
    async fn charge(&self, _: &[Charge]) -> Result<Charged, PortError> {
        self.fail("Limiter::charge")
    }

    async fn purge(&self, _: u32) -> Result<u64, PortError> {
        self.fail("Limiter::purge")
    }

    async fn check(&self) -> Result<Vec<String>, PortError> {
        self.fail("Limiter::check")
    }
}

impl Observer for Noted {
    fn observe(&self, _: &Event) {
        self.note("Observer::observe");
    }
}

#[async_trait]
impl Policy for Noted {
    async fn at_authorization(&self, _: &AuthorizationContext<'_>) -> Result<Ruling, PortError> {
        self.note("Policy::at_authorization");
        Ok(Ruling::Allow)
    }

    async fn at_approval(&self, _: &ApprovalContext<'_>) -> Result<Ruling, PortError> {
        self.note("Policy::at_approval");
        Ok(Ruling::Allow)
    }

    async fn at_redemption(&self, _: &Redemption) -> Result<Ruling, PortError> {
        self.note("Policy::at_redemption");
        Ok(Ruling::Allow)
    }
}

#[async_trait]
impl Timer for Noted {
    async fn sleep(&self, _: Duration) {
        self.note("Timer::sleep");
    }
}

#[async_trait]
impl TokenIssuer for Noted {
    async fn issue(&self, _: &Redemption) -> Result<TokenResponse, IssueError> {
        self.note("TokenIssuer::issue");
        Err(IssueError::unavailable("away"))
    }

    async fn discard(&self, _: &Redemption, _: TokenResponse) {
        self.note("TokenIssuer::discard");
    }
}

#[async_trait]
impl TokenRevoker for Noted {
    async fn revoke_grant(&self, _: &Facts) -> Result<(), PortError> {
        self.fail("TokenRevoker::revoke_grant")
    }

    async fn revoke_token(&self, _: &TokenRevocation) -> Result<bool, PortError> {
        self.fail("TokenRevoker::revoke_token")
    }
}

#[async_trait]
impl ClientDirectory for Noted {
    async fn authenticate(&self, _: &ClientCredentials) -> Result<Option<Client>, PortError> {
        self.fail("ClientDirectory::authenticate")
    }
}

impl Route for Noted {
    fn claim(route: &Arc<Self>, _: &Parts) -> Option<Answering> {
        route.note("Route::claim");
        None
    }

    fn addresses(&self) -> Vec<(Method, String)> {
        self.note("Route::addresses");
        Vec::new()
    }

    fn address_unknown(&self) {
        self.note("Route::address_unknown");
    }
}

#[async_trait]
impl VisitorSource for Noted {
    async fn visitor(&self, _: &Parts) -> SignIn {
        self.note("VisitorSource::visitor");
        SignIn::As(Visitor::new("alice"))
    }
}

#[async_trait]
impl Presenter for Noted {
    async fn present(&self, _: &mut Presentation<'_>) {
        self.note("Presenter::present");
    }
}

impl Template for Noted {
    fn render(&self, _: &Page<'_>) -> Option<CustomPage> {
        self.note("Template::render");
        None
    }
}

fn done<T>(call: impl Future<Output = T>) -> T {
    match block_on(call) {
        Ran::Done(answer) => answer,
        Ran::Hung | Ran::Panicked(_) => panic!("a call is answered"),
    }
}

/// Makes a call, whose failure has to come back.
fn fails<T>(call: impl Future<Output = Result<T, PortError>>) {
    assert!(
        done(call).is_err(),
        "the port fails, and its `Arc` does not"
    );
}

fn call_store(port: &(impl GrantStore + GrantDirectory)) {
    let row = row(1);
    fails(port.insert(&new_row(1)));
    fails(port.find(&row.id));
    fails(port.find_by_user_code(&[code(1)]));
    fails(port.replace(&Shape::approved().over(&row, 2)));
    fails(port.record_poll(&PollRecord::new(row.id)));
    fails(GrantStore::now(port));
    fails(port.purge(1));
    fails(port.check());
    let of = GrantsOf::Client("tv".into());
    fails(port.list(&PageRequest::first(Scenario::ISSUER, of, 1)));
}

fn call_limiter(port: &impl Limiter) {
    fails(port.charge(&[]));
    fails(port.purge(1));
    fails(port.check());
}

fn call_issuer(port: &(impl TokenIssuer + TokenRevoker), redemption: &Redemption) {
    assert!(done(port.issue(redemption)).is_err());
    done(port.discard(redemption, TokenResponse::bearer("token", SECOND)));
    fails(port.revoke_grant(&redemption.grant));
    let revocation = TokenRevocation::new(redemption.client.clone(), "token");
    fails(port.revoke_token(&revocation));
}

fn call_surroundings(port: &(impl Announcer + Clock + Entropy + Observer + Timer)) {
    fails(port.announce(&id(1)));
    fails(port.listen(&|_| {}));
    let at = Clock::now(port);
    port.observe(&Event::new(EventKind::Approved, at));
    assert!(port.fill(&mut [0]).is_err());
    done(port.sleep(SECOND));
}

fn call_edge<P: ClientDirectory + Route>(port: P) {
    fails(port.authenticate(&ClientCredentials::new("tv")));
    port.addresses();
    port.address_unknown();
    let (parts, ()) = Request::new(()).into_parts();
    P::claim(&Arc::new(port), &parts);
}

/// Asks the policy at each of its points, and shows a page with a device. Returns the redemption.
fn call_policy_and_pages<P>(port: P) -> Result<Redemption, Box<dyn std::error::Error>>
where
    P: Clone + Policy + Presenter + Template + VisitorSource + 'static,
{
    let (issuer, store) = (ScriptedIssuer::new([]), Arc::new(MemoryStore::new()));
    let t = Scenario::with(issuer.clone(), |builder| {
        let builder = builder.store(Arc::clone(&store)).directory(store);
        builder.retention(3_600 * SECOND).policy(port.clone())
    })?;
    let tv = t.device("tv").authorize("openid")?;
    t.visitor("alice").approve(&tv)?;
    let _ = tv.poll()?;
    let pages = Pages::new(t.grants().clone(), port.clone());
    let pages = pages.devices().presenter(port.clone()).template(port);
    let request = Request::get("/activate/devices").body(Bytes::new())?;
    let _ = done(pages.answer(request));
    Ok(issuer.asked().remove(0))
}

/// Each method that a port has, as the traits declare them.
fn declared() -> BTreeSet<String> {
    let mut declared = BTreeSet::new();
    for file in files_of_ports() {
        for text in file.text.split("\npub trait ").skip(1) {
            let Some((port, body)) = text.split_once(": Send + Sync {") else {
                continue;
            };
            let (body, _) = body.split_once("\n}").unwrap();
            let methods = body.lines().filter_map(|line| {
                let line = line.strip_prefix("    ")?;
                let line = line.strip_prefix("async ").unwrap_or(line);
                line.strip_prefix("fn ")?.split(['(', '<']).next()
            });
            declared.extend(methods.map(|method| format!("{port}::{method}")));
        }
    }
    declared
}

#[test]
fn an_arc_of_every_port_passes_every_call_on() -> Test {
    let noted = Arc::new(Noted::default());
    let redemption = call_policy_and_pages(Arc::clone(&noted))?;
    call_issuer(&noted, &redemption);
    call_store(&noted);
    call_limiter(&noted);
    call_surroundings(&noted);
    call_edge(Arc::clone(&noted));
    assert_eq!(*noted.0.lock().unwrap(), declared());
    Ok(())
}
