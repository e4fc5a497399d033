//! A server with pages, a device and browsers, in memory.

use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use base64ct::{Base64UrlUnpadded, Encoding};
use bytes::Bytes;
use http::request::Parts;
use http::{Method, Request, Response, StatusCode, Uri};

use crate::code::{GrantId, UserCodeDigest};
use crate::device_grants::{Builder, DeviceGrants, PollOutcome};
use crate::grant::{Narrowing, Origin, Timestamp};
use crate::host::{
    ApprovalContext, AuthorizationContext, Client, Clock, Event, EventKind, GrantDirectory,
    GrantStore, NewRow, PageRequest, Policy, PollRecord, PortError, Redemption, Replacement, Row,
    Ruling, Severity, Terms, Visitor, Warning, issuer_fn,
};
use crate::host::{DeviceAuthorizationRequest, DeviceTokenRequest};
use crate::http::{Routed, SignIn, VisitorSource};
use crate::message::{DeviceAuthorizationResponse, ErrorCode, Scope, TokenResponse};
use crate::message::{ErrorResponse, SignInParameters};
use crate::page::Pages;
use crate::store::MemoryStore;

pub(super) const ORIGIN: &str = "https://id.example";

pub(super) struct Site {
    pub(super) pages: Pages,
    pub(super) store: Arc<Counting>,
    pub(super) events: Arc<Mutex<Vec<Event>>>,
    grants: DeviceGrants,
    clock: Arc<AtomicI64>,
}

/// A device with its codes.
pub(super) struct Device {
    response: DeviceAuthorizationResponse,
    client: Client,
}

impl Device {
    pub(super) fn code(&self) -> &str {
        &self.response.user_code
    }
}

impl Site {
    pub(super) fn new() -> Self {
        Self::with(|builder| builder, |pages| pages)
    }

    pub(super) fn with(
        settings: impl FnOnce(Builder) -> Builder,
        look: impl FnOnce(Pages) -> Pages,
    ) -> Self {
        let clock = Arc::new(AtomicI64::new(1_750_000_000_000_000));
        let store = Arc::new(Counting {
            inner: MemoryStore::new().with_clock(Hands(Arc::clone(&clock))),
            reads: AtomicUsize::default(),
            writes: AtomicUsize::default(),
        });
        let events = Arc::default();
        // The tokens tell what the issuer was told.
        let issuer = issuer_fn(|redemption: Redemption| async move {
            let mut tokens = TokenResponse::bearer("token", Duration::from_secs(3_600))
                .with_scope(redemption.access.scope)
                .with("resources", redemption.access.resources)
                .with("details", redemption.access.authorization_details);
            for (name, value) in redemption.granted.data.iter() {
                tokens = tokens.with(name, value.clone());
            }
            Ok(tokens)
        });
        let heard: Arc<Mutex<Vec<Event>>> = Arc::clone(&events);
        let builder = DeviceGrants::builder(ORIGIN, issuer)
            .verification_uri("https://id.example/activate")
            .store(Arc::clone(&store))
            .directory(Arc::clone(&store))
            .retention(Duration::from_secs(3_600))
            .clock(Hands(Arc::clone(&clock)))
            .observer(move |event: &Event| {
                if event.severity() > Severity::Debug {
                    heard.lock().unwrap().push(event.clone());
                }
            })
            .in_memory();
        let grants = settings(builder).build().unwrap();
        let pages = Pages::new(grants.clone(), Headers)
            .host_name("Example")
            .application("tv", "Example TV");
        Self {
            pages: look(pages),
            store,
            events,
            grants,
            clock,
        }
    }

    /// A device that this user has approved, and that has its tokens.
    pub(super) fn connected(&self, user: &'static str, client: &str, origin: Origin) -> Device {
        let device = self.device_asking(client, "openid", origin);
        let mut browser = self.browser(user);
        let review = browser.review(device.code());
        browser.choose(&review, "approve");
        assert!(matches!(self.poll(&device), PollOutcome::Tokens(_)));
        device
    }

    pub(super) fn device(&self) -> Device {
        self.device_asking("tv", "openid profile", Origin::new())
    }

    pub(super) fn device_asking(&self, client: &str, scope: &str, origin: Origin) -> Device {
        let client = client_of(client, scope);
        let request = DeviceAuthorizationRequest::from_pairs([("scope", scope)]).unwrap();
        let request = request.with_origin(origin);
        let response = wait(self.grants.authorize(&client, request)).unwrap();
        Device { response, client }
    }

    /// A device that sends these parameters.
    pub(super) fn device_sending(&self, pairs: &[(&str, &str)]) -> Device {
        let client = client_of("tv", "openid");
        let request = DeviceAuthorizationRequest::from_pairs(pairs.iter().copied()).unwrap();
        let response = wait(self.grants.authorize(&client, request)).unwrap();
        Device { response, client }
    }

    pub(super) fn poll(&self, device: &Device) -> PollOutcome {
        self.pass(Duration::from_secs(5));
        let pairs = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("device_code", &device.response.device_code),
        ];
        let request = DeviceTokenRequest::from_pairs(pairs).unwrap();
        wait(self.grants.poll(&device.client, request)).unwrap()
    }

    pub(super) fn pass(&self, time: Duration) {
        let micros = i64::try_from(time.as_micros()).unwrap();
        self.clock.fetch_add(micros, Ordering::SeqCst);
    }

    pub(super) fn event_names(&self) -> Vec<&'static str> {
        let events = self.events.lock().unwrap();
        events.iter().map(|event| event.kind.name()).collect()
    }

    /// The cause of each fault that there was.
    pub(super) fn causes(&self) -> Vec<String> {
        let events = self.events.lock().unwrap();
        let causes = events.iter().filter_map(|event| {
            let EventKind::Fault { cause, .. } = &event.kind else {
                return None;
            };
            Some(cause.clone())
        });
        causes.collect()
    }

    /// A browser in which this user is signed in; nobody, if the name is empty.
    pub(super) fn browser(&self, user: &'static str) -> Browser<'_> {
        Browser {
            site: self,
            user,
            session: "one",
            language: "en",
            strips: String::new(),
            cookies: Vec::new(),
        }
    }
}

fn client_of(client: &str, scope: &str) -> Client {
    let terms = Terms::new(scope.parse().unwrap())
        .resources(["https://a.example/", "https://b.example/"])
        .authorization_details_types(["a", "b"]);
    Client::new(client).device_grant(terms)
}

/// A browser of today: it keeps cookies, each for its path, and says from which site it posts.
pub(super) struct Browser<'a> {
    site: &'a Site,
    pub(super) user: &'static str,
    pub(super) session: &'static str,
    pub(super) language: &'static str,
    /// A proxy takes this from the front of the paths that the browser knows.
    pub(super) strips: String,
    /// Name, value and path.
    cookies: Vec<[String; 3]>,
}

impl Browser<'_> {
    pub(super) fn get(&mut self, uri: &str) -> Page {
        self.send(Method::GET, uri, &[("sec-fetch-site", "none")], "")
    }

    pub(super) fn post(&mut self, uri: &str, form: &[(&str, &str)]) -> Page {
        let own = [("sec-fetch-site", "same-origin"), ("origin", "null")];
        self.post_with(uri, &own, form)
    }

    /// Posts a form, and follows a redirect to the page behind it.
    pub(super) fn post_with(
        &mut self,
        uri: &str,
        headers: &[(&str, &str)],
        form: &[(&str, &str)],
    ) -> Page {
        let answer = self.post_only(uri, headers, form);
        if answer.status() == StatusCode::SEE_OTHER {
            let to = answer.header("location");
            let to = to.strip_prefix(&*self.strips).unwrap().to_owned();
            return self.send(Method::GET, &to, headers, "");
        }
        answer
    }

    /// Posts a form, and no more.
    pub(super) fn post_only(
        &mut self,
        uri: &str,
        headers: &[(&str, &str)],
        form: &[(&str, &str)],
    ) -> Page {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(form);
        self.send(Method::POST, uri, headers, &body.finish())
    }

    pub(super) fn send(
        &mut self,
        method: Method,
        uri: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Page {
        let mut request = Request::builder()
            .method(method.clone())
            .uri(uri)
            .header("accept-language", self.language);
        if method == Method::POST {
            request = request.header("content-type", "application/x-www-form-urlencoded");
        }
        if !self.user.is_empty() {
            request = request.header("x-user", format!("{}/{}", self.user, self.session));
        }
        let at = format!("{}{}", self.strips, uri.split('?').next().unwrap());
        let mine = self.cookies.iter().filter(|[_, _, path]| {
            at == *path || at.starts_with(&format!("{}/", path.trim_end_matches('/')))
        });
        let mine: String = mine
            .map(|[name, value, _]| format!("{name}={value}; "))
            .collect();
        if !mine.is_empty() {
            request = request.header("cookie", format!("other=J\u{fc}rgen; {mine}more=2"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request
            .body(Bytes::copy_from_slice(body.as_bytes()))
            .unwrap();
        let pages = &self.site.pages;
        let Routed::Answered(response) = wait(pages.answer(request)) else {
            panic!("{uri} is not the pages'");
        };
        self.keep_cookies(&response);
        Page(response)
    }

    fn keep_cookies(&mut self, response: &Response<Bytes>) {
        for cookie in response.headers().get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            let (name, rest) = cookie.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            let path = rest
                .split_once("Path=")
                .unwrap()
                .1
                .split(';')
                .next()
                .unwrap();
            self.cookies
                .retain(|[known, _, at]| known != name || at != path);
            if !cookie.contains("Max-Age=0;") {
                self.cookies.push([name, value, path].map(str::to_owned));
            }
        }
    }

    /// Exchanges what two pages' cookies hold.
    pub(super) fn swap_cookies(&mut self, one: &str, other: &str) {
        for [_, _, path] in &mut self.cookies {
            if path == one {
                other.clone_into(path);
            } else if path == other {
                one.clone_into(path);
            }
        }
    }

    /// Puts another code into the cookie of a page.
    pub(super) fn plant_code(&mut self, path: &str, code: &str) {
        let cookie = self.cookies.iter_mut().find(|[_, _, at]| at == path);
        let [_, value, _] = cookie.unwrap();
        let nonce = value.rsplit('.').next().unwrap();
        let code = Base64UrlUnpadded::encode_string(code.as_bytes());
        *value = format!("typed.{code}.{nonce}");
    }

    /// Returns whether a code waits for the form.
    pub(super) fn carries_a_code(&self) -> bool {
        self.cookies
            .iter()
            .any(|[name, ..]| name.ends_with("device_grant_code"))
    }

    /// The review of a code, typed.
    pub(super) fn review(&mut self, code: &str) -> Page {
        let page = self.post("/activate", &[("user_code", code)]);
        assert_eq!(page.status(), StatusCode::OK, "{}", page.html());
        page
    }

    /// Presses one of the buttons of a review, with all of the form's fields.
    pub(super) fn choose(&mut self, review: &Page, decision: &str) -> Page {
        let fields = ["ui_locales", "ticket", "user_code", "via"];
        let fields = fields.map(|name| (name, review.input(name).unwrap()));
        let hint = review.input("login_hint").map(|hint| ("login_hint", hint));
        let hint: Vec<_> = hint.into_iter().collect();
        let form = [&fields[..], &hint, &[("decision", decision)]].concat();
        self.post("/activate/decision", &form)
    }

    pub(super) fn decide(&mut self, ticket: &str, decision: &str) -> Page {
        self.post(
            "/activate/decision",
            &[("ticket", ticket), ("decision", decision)],
        )
    }
}

pub(super) struct Page(pub(super) Response<Bytes>);

impl Page {
    pub(super) fn status(&self) -> StatusCode {
        self.0.status()
    }

    pub(super) fn header(&self, name: &str) -> &str {
        let value = self.0.headers().get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    pub(super) fn html(&self) -> &str {
        std::str::from_utf8(self.0.body()).unwrap()
    }

    pub(super) fn has(&self, text: &str) -> bool {
        self.html().contains(text)
    }

    /// The value of the input with this name.
    pub(super) fn input(&self, name: &str) -> Option<&str> {
        let html = self.html();
        let element = html
            .split("<input")
            .find(|it| it.contains(&format!("name=\"{name}\"")))?;
        let value = element.split_once("value=\"")?.1;
        value.split('"').next()
    }

    pub(super) fn ticket(&self) -> String {
        self.input("ticket").unwrap().to_owned()
    }
}

/// The host's session: a header, for a test.
struct Headers;

#[async_trait]
impl VisitorSource for Headers {
    async fn visitor(&self, parts: &Parts) -> SignIn {
        let user = parts
            .headers
            .get("x-user")
            .map(|user| user.to_str().unwrap());
        match user.and_then(|user| user.split_once('/')) {
            Some(("nobody knows", _)) => SignIn::Unavailable("the sessions are away".into()),
            Some((name, session)) => {
                let ip: IpAddr = [198, 51, 100, 4].into();
                SignIn::As(Visitor::new(name).with_session(session).with_ip(ip))
            }
            None => SignIn::Redirect(login(parts)),
        }
    }
}

/// Like many hosts, it puts the URL that was asked for into that of the login.
fn login(parts: &Parts) -> Uri {
    let back = parts.uri.to_string();
    let back: String = form_urlencoded::byte_serialize(back.as_bytes()).collect();
    format!("/login?return_to={back}").parse().unwrap()
}

#[derive(Debug)]
struct Hands(Arc<AtomicI64>);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// Forbids what asks for `forbidden`, wants more for what asks for `careful`, warns of `doubtful`, and leaves nothing of
/// `emptied`.
pub(super) struct ByScope;

#[async_trait]
impl Policy for ByScope {
    async fn at_authorization(&self, _: &AuthorizationContext<'_>) -> Result<Ruling, PortError> {
        Ok(Ruling::Allow)
    }

    async fn at_approval(&self, context: &ApprovalContext<'_>) -> Result<Ruling, PortError> {
        Ok(match context.access.scope.as_str() {
            "forbidden" => Ruling::Refuse(ErrorResponse::new(ErrorCode::AccessDenied)),
            "careful" => Ruling::StepUp(SignInParameters::acr(["high"])),
            "doubtful" => Ruling::Warn(
                Warning::new("A <b>new</b> device.").translated("de", "Ein <b>neues</b> Gerät."),
            ),
            "confirmed" => Ruling::Confirm,
            "emptied" => Ruling::Narrow(Narrowing::new().with_scope(Scope::default())),
            "broken" => return Err(PortError::unavailable("the rules are away")),
            _ => Ruling::Allow,
        })
    }

    async fn at_redemption(&self, _: &Redemption) -> Result<Ruling, PortError> {
        Ok(Ruling::Allow)
    }
}

#[async_trait]
impl GrantDirectory for Counting {
    async fn list(&self, page: &PageRequest) -> Result<Vec<Row>, PortError> {
        self.inner.list(page).await
    }
}

/// A store that counts how often it is read and written.
pub(super) struct Counting {
    inner: MemoryStore,
    pub(super) reads: AtomicUsize,
    pub(super) writes: AtomicUsize,
}

#[async_trait]
impl GrantStore for Counting {
    async fn insert(&self, new: &NewRow) -> Result<Option<Timestamp>, PortError> {
        self.writes.fetch_add(1, Ordering::SeqCst);
        self.inner.insert(new).await
    }

    async fn find(&self, id: &GrantId) -> Result<Option<Row>, PortError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.inner.find(id).await
    }

    async fn find_by_user_code(&self, codes: &[UserCodeDigest]) -> Result<Vec<Row>, PortError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.inner.find_by_user_code(codes).await
    }

    async fn replace(&self, replacement: &Replacement) -> Result<bool, PortError> {
        self.writes.fetch_add(1, Ordering::SeqCst);
        self.inner.replace(replacement).await
    }

    async fn record_poll(&self, poll: &PollRecord) -> Result<Option<Row>, PortError> {
        self.writes.fetch_add(1, Ordering::SeqCst);
        self.inner.record_poll(poll).await
    }

    async fn now(&self) -> Result<Timestamp, PortError> {
        self.inner.now().await
    }

    async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        self.writes.fetch_add(1, Ordering::SeqCst);
        self.inner.purge(limit).await
    }

    async fn check(&self) -> Result<Vec<String>, PortError> {
        self.inner.check().await
    }
}

pub(super) fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(future)
}
