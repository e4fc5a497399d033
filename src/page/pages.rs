use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{Method, Request, Response, Uri};

use super::look::Look;
use super::outcome::Outcome;
use super::paths::{Address, Paths};
use super::template::{self, Context};
use super::texts::Texts;
use super::view::{Notice, View};
use super::wish::Wish;
use super::{Language, Logo, Page, Presentation, Presenter, Template, respond};
use crate::device_grants::{Approval, DeviceGrants, Fault, Review};
use crate::grant::{Access, ClientId, Facts};
use crate::host::Visitor;
use crate::http::{Answering, RequestFacts, Route, Routed, SignIn, VisitorSource};
use crate::invalid_value::InvalidValue;
use crate::message::EndpointUri;
use crate::message::SignInParameters;

/// The verification pages of one authorization server.
///
/// Their address is the [verification URI](DeviceGrants::verification_uri), unless you set [`address`](Self::address) or
/// [`mounted_at`](Self::mounted_at).
///
/// ```
/// # #[cfg(feature = "memory")] {
/// use std::time::Duration;
/// use async_trait::async_trait;
/// use device_grant::DeviceGrants;
/// use device_grant::host::{Redemption, issuer_fn};
/// use device_grant::http::{SignIn, VisitorSource};
/// use device_grant::message::TokenResponse;
/// use device_grant::page::Pages;
/// use http::{Uri, request::Parts};
///
/// struct Sessions;
///
/// #[async_trait]
/// impl VisitorSource for Sessions {
///     async fn visitor(&self, _parts: &Parts) -> SignIn {
///         SignIn::Redirect(Uri::from_static("/login"))
///     }
/// }
///
/// let issuer = issuer_fn(|_: Redemption| async { Ok(TokenResponse::bearer("token", Duration::from_secs(3600))) });
/// let grants = DeviceGrants::builder("https://id.example", issuer)
///     .verification_uri("https://id.example/activate")
///     .in_memory()
///     .build()?;
/// let pages = Pages::new(grants, Sessions)
///     .host_name("Example")
///     .application("tv", "Example TV")
///     .scope("calendar.read", "see your calendar");
/// # }
/// # Ok::<(), device_grant::BuildError>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct Pages {
    pub(super) grants: DeviceGrants,
    pub(super) visitors: Arc<dyn VisitorSource>,
    pub(super) paths: Paths,
    pub(super) look: Look,
    pub(super) switch_account: Option<Arc<SwitchFn>>,
    applications: HashMap<ClientId, String>,
    logos: HashMap<ClientId, Logo>,
    scopes: Vec<(String, String)>,
    optional: Access,
    presenter: Option<Arc<dyn Presenter>>,
    approval: Option<Arc<ApprovalFn>>,
    template: Option<Arc<dyn Template>>,
    pub(super) step_up: Option<Arc<StepUpFn>>,
}

type SwitchFn = dyn Fn(Option<&str>) -> Uri + Send + Sync;
type StepUpFn = dyn Fn(&SignInParameters) -> Uri + Send + Sync;
type ApprovalFn = dyn Fn(&Parts, &Visitor) -> Approval + Send + Sync;

impl Pages {
    /// Pages for these grants. `visitors` tells them who is signed in.
    pub fn new(grants: DeviceGrants, visitors: impl VisitorSource + 'static) -> Self {
        Self {
            paths: Paths::new(grants.verification_endpoint()),
            grants,
            visitors: Arc::new(visitors),
            look: Look::new(),
            switch_account: None,
            applications: HashMap::new(),
            logos: HashMap::new(),
            scopes: Vec::new(),
            optional: Access::default(),
            presenter: None,
            approval: None,
            template: None,
            step_up: None,
        }
    }

    /// Sets the address of the pages, if the verification URI is only a short address that redirects to it. Default: the
    /// verification URI.
    ///
    /// If a GET of the verification URI reaches these pages, they redirect it to this address. Otherwise redirect it yourself,
    /// with its query. A verification URI on another host is recognized by the `Host` of the request.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] unless it is `https`, or `http` on a loopback host.
    pub fn address(mut self, uri: &str) -> Result<Self, InvalidValue> {
        let address = EndpointUri::parse(uri)?;
        self.paths = self
            .paths
            .moved(self.grants.verification_endpoint(), &address);
        Ok(self)
    }

    /// Sets the path at which requests reach the pages, if a proxy in front of the server changes it. Links, forms
    /// and cookies keep the public path. Default: the public path.
    pub fn mounted_at(mut self, path: &str) -> Self {
        self.paths.mount(path);
        self
    }

    /// Serves a page of the visitor's own devices, at `devices` below the form's path: the applications with access to their
    /// account, since when and from where, each with "sign out" and "this was not me". The pages after an approval link
    /// to it. Default: off.
    ///
    /// It needs a [directory](crate::Builder::directory), and [`Builder::retention`](crate::Builder::retention) set to the
    /// lifetime of your longest-lived token. Set a [`TokenRevoker`](crate::host::TokenRevoker) as well: without one, tokens stay
    /// valid after a sign-out, and the page says so.
    pub fn devices(mut self) -> Self {
        self.paths.serve_devices();
        self
    }

    /// Sets the name of your service, for the header and the title of the pages. Default: none.
    pub fn host_name(mut self, name: &str) -> Self {
        self.look.host_name(name);
        self
    }

    /// Sets the logo of your service, shown 2 rem high beside its name, and as the icon of the browser's tab.
    /// Default: none.
    pub fn logo(mut self, logo: Logo) -> Self {
        self.look.logo = Some(logo);
        self
    }

    /// Sets the colour of buttons and marks, such as `#0b5c8a`. If the contrast would be too low, it is made
    /// darker or lighter. Default: a blue.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] unless it is written `#rrggbb`.
    pub fn accent(mut self, colour: &str) -> Result<Self, InvalidValue> {
        self.look.accent(colour.parse()?);
        Ok(self)
    }

    /// Sets a template that writes some or all pages. Default: the ready-made pages.
    pub fn template(mut self, template: impl Template + 'static) -> Self {
        self.template = Some(Arc::new(template));
        self
    }

    /// Sets the name of a client, which the pages show as verified. Default: its identifier, marked as unverified. For clients
    /// that registered their own names, write a [`Presenter`].
    pub fn application(mut self, client: impl Into<ClientId>, name: &str) -> Self {
        self.applications.insert(client.into(), name.to_owned());
        self
    }

    /// Sets the logo of a client that [`application`](Self::application) names. Default: none.
    pub fn application_logo(mut self, client: impl Into<ClientId>, logo: Logo) -> Self {
        self.logos.insert(client.into(), logo);
        self
    }

    /// Sets the text for a scope token, as the end of "It asks to ...". Default: a text in the page's language for the
    /// standard scopes of OpenID Connect, and the token itself for others.
    pub fn scope(mut self, token: &str, words: &str) -> Self {
        self.scopes.push((token.to_owned(), words.to_owned()));
        self
    }

    /// Sets the parts of requests that end users may leave out when they approve. The review has a checkbox for each, ticked at
    /// first. Default: none; a request is approved as a whole. A [`Presenter`] can offer more
    /// ([`Presentation::optional`]) or your own choices ([`Presentation::choices`]).
    ///
    /// A template that writes the whole review has to show them as well, from [`Page::presentation`].
    pub fn optional(mut self, access: Access) -> Self {
        self.optional = access;
        self
    }

    /// Sets the presenter, which adds names, places and texts to each review. Default: none.
    pub fn presenter(mut self, presenter: impl Presenter + 'static) -> Self {
        self.presenter = Some(Arc::new(presenter));
        self
    }

    /// Sets the function that makes the approval: with `acr`, `amr` and `auth_time` of the sign-in, and data for the token issuer.
    /// It gets the request of the decision. The visitor's choices are added. Default: [`Approval::all`].
    pub fn approval(
        mut self,
        approval: impl Fn(&Parts, &Visitor) -> Approval + Send + Sync + 'static,
    ) -> Self {
        self.approval = Some(Arc::new(approval));
        self
    }

    /// Sets the address at which a visitor signs in with another account and returns. Default: the page only tells them to do so.
    ///
    /// The function gets the device's `login_hint`, if it sent one. Encode it before you put it into the URI.
    pub fn switch_account(
        mut self,
        uri: impl Fn(Option<&str>) -> Uri + Send + Sync + 'static,
    ) -> Self {
        self.switch_account = Some(Arc::new(uri));
        self
    }

    /// Sets the address at which a visitor signs in more strongly and returns. The policy sees the new sign-in if
    /// [`approval`](Self::approval) states it. Default: the page only tells the visitor to sign in more strongly.
    pub fn step_up(
        mut self,
        uri: impl Fn(&SignInParameters) -> Uri + Send + Sync + 'static,
    ) -> Self {
        self.step_up = Some(Arc::new(uri));
        self
    }

    /// Answers a request for one of the pages, and returns any other: for servers without `tower`.
    pub async fn answer(&self, request: Request<Bytes>) -> Routed {
        let (parts, body) = request.into_parts();
        let address = self.paths.address(&parts);
        let request = Request::from_parts(parts, body);
        match address {
            Some(address) => self.serve(request, address).await.into(),
            None => Routed::NotOurs(request),
        }
    }

    async fn serve(&self, request: Request<Bytes>, address: Address) -> Response<Bytes> {
        let (is_get, is_post) = (
            matches!(*request.method(), Method::GET | Method::HEAD),
            request.method() == Method::POST,
        );
        let is_head = request.method() == Method::HEAD;
        let mut response = match address {
            Address::Entry | Address::Slashed if is_get => self.show_form(request, address).await,
            Address::Entry | Address::Slashed if is_post => self.take_code(request).await,
            Address::Decision if is_post => self.take_decision(request).await,
            // A login may lead back to the address of the post, by a GET.
            Address::Decision if is_get => self.redirect(&self.paths.entry()),
            Address::Review(grant, page) if is_get => self.show_review(request, grant, page).await,
            Address::Short if is_get => self.lead_to_the_pages(&request),
            Address::Devices if is_get => self.show_devices(request).await,
            Address::Devices if is_post => self.take_sign_out(request).await,
            Address::Entry | Address::Slashed | Address::Decision | Address::Devices => {
                self.refuse_method(&request, "GET, HEAD, POST")
            }
            Address::Review(..) | Address::Short => self.refuse_method(&request, "GET, HEAD"),
        };
        // A HEAD has the headers of its GET (RFC 9110 §9.3.2), so only the body is dropped.
        if is_head {
            *response.body_mut() = Bytes::new();
        }
        response
    }

    fn refuse_method(&self, request: &Request<Bytes>, allowed: &'static str) -> Response<Bytes> {
        let language = Wish::of(request.headers(), None).language();
        let mut response = self.notice(Notice::WrongMethod, language);
        respond::allow(&mut response, allowed);
        response
    }

    /// The visitor, and where they are if the host says so of the request only.
    pub(super) async fn visitor(&self, parts: &Parts) -> SignIn {
        let mut visitor = match self.visitors.visitor(parts).await {
            SignIn::As(visitor) => visitor,
            elsewhere @ SignIn::Redirect(_) => return elsewhere,
            SignIn::Unavailable(cause) => {
                return SignIn::Unavailable(self.grants.visitor_source_fault(cause));
            }
        };
        let facts = RequestFacts::in_extensions(&parts.extensions);
        if let Some(ip) = facts.ip
            && visitor.ip().is_none()
        {
            visitor = visitor.with_ip(ip);
        }
        if let Some(place) = facts.place
            && visitor.place == crate::grant::Place::default()
        {
            visitor = visitor.with_place(place);
        }
        SignIn::As(visitor)
    }

    pub(super) fn show(&self, view: &View<'_>, language: Language) -> Response<Bytes> {
        let context = Context {
            paths: &self.paths,
            texts: Texts::of(language),
            language,
            fields: view.fields(language),
        };
        let body = template::body(view, &context);
        let template = self.template.as_ref();
        let custom =
            template.and_then(|it| it.render(&Page::new(view, &self.look, &context, &body)));
        let (html, policy) = match custom {
            Some(custom) => custom.into_parts(self.look.policy()),
            None => (
                template::frame(&body, &self.look, &context),
                self.look.policy_header(),
            ),
        };
        respond::page(view.status(), html, policy, language)
    }

    pub(super) fn redirect(&self, to: &str) -> Response<Bytes> {
        respond::redirect(to, self.look.policy_header())
    }

    pub(super) fn notice(&self, notice: Notice, language: Language) -> Response<Bytes> {
        let retry_after = notice.retry_after();
        let mut response = self.show(&View::Notice(notice), language);
        if let Some(delay) = retry_after {
            respond::retry_after(&mut response, delay);
        }
        response
    }

    pub(super) fn fault(&self, fault: &Fault, language: Language) -> Response<Bytes> {
        let notice = Self::fault_outcome(fault).notice();
        self.notice(notice.unwrap_or(Notice::Failed), language)
    }

    pub(super) fn fault_outcome(fault: &Fault) -> Outcome {
        if fault.is_retryable() {
            Outcome::Unavailable
        } else {
            Outcome::Failed
        }
    }

    /// Leads to a page of the host after a post, by a page that continues without a click or a script, and has a link.
    ///
    /// It is no redirect, even on the pages' own origin. Chromium applies `form-action` to every redirect that follows a post. If a
    /// login redirected to a single sign-on, the button would do nothing.
    pub(super) fn go_on(&self, uri: &Uri, language: Language) -> Response<Bytes> {
        let to = uri.to_string();
        let mut response = self.notice(Notice::SignIn(to.clone()), language);
        respond::refresh(&mut response, &to);
        response
    }

    /// The host's part of an approval, which says nothing of what the visitor chose.
    pub(super) fn approval_of(&self, parts: &Parts, visitor: &Visitor) -> Approval {
        match &self.approval {
            Some(approval) => approval(parts, visitor),
            None => Approval::all(),
        }
    }

    /// Returns whether a review may leave the visitor a choice.
    pub(super) fn may_offer(&self) -> bool {
        self.presenter.is_some() || self.optional != Access::default()
    }

    /// A grant in words.
    pub(super) async fn present<'a>(
        &self,
        grant: &'a Facts,
        review: Option<&'a Review>,
        visitor: &'a Visitor,
        language: Language,
    ) -> Presentation<'a> {
        let mut presentation = Presentation::new(grant, review, visitor, language);
        if let Some(name) = self.applications.get(&grant.client_id) {
            presentation.application = name.clone();
            presentation.is_verified = true;
            presentation.logo = self.logos.get(&grant.client_id).cloned();
        }
        presentation.optional = self.optional.clone();
        presentation.scopes = self.scopes.iter().cloned().collect();
        if let Some(presenter) = &self.presenter {
            presenter.present(&mut presentation).await;
        }
        // After the presenter, whose texts may come from clients.
        presentation.made_fit()
    }
}

impl Route for Pages {
    fn claim(route: &Arc<Self>, parts: &Parts) -> Option<Answering> {
        // By the address alone, so that a wrong method is answered with 405 and not by the host.
        let address = route.paths.address(parts)?;
        let pages = Arc::clone(route);
        Some(Box::new(move |request| {
            Box::pin(async move { pages.serve(request, address).await.into() })
        }))
    }

    fn address_unknown(&self) {
        self.grants.address_unknown();
    }

    fn addresses(&self) -> Vec<(Method, String)> {
        let (entry, decision) = self.paths.mounted();
        vec![(Method::GET, entry), (Method::POST, decision)]
    }
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("verification_uri", &self.grants.verification_uri())
            .field("host_name", &self.look.host_name)
            .finish_non_exhaustive()
    }
}
