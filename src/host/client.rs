use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::code::UserCodeFormat;
use crate::grant::{Access, ClientId};
use crate::message::Scope;

/// A client that your server has authenticated, or identified if it is public.
///
/// It may use the device authorization grant only if [`device_grant`](Self::device_grant) sets its terms.
///
/// ```
/// use device_grant::host::{Client, Terms};
///
/// let web = Client::new("web");
/// assert!(web.terms.is_none());
///
/// let tv = Client::new("tv").device_grant(Terms::new("openid profile".parse()?));
/// assert!(tv.terms.is_some());
/// # Ok::<(), device_grant::InvalidValue>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Client {
    /// Its identifier.
    pub id: ClientId,
    /// The terms on which the client may use the device authorization grant; `None` if it may not.
    pub terms: Option<Terms>,
    /// True if the client is [authenticated](Self::authenticated), not only identified.
    pub is_authenticated: bool,
}

impl Client {
    /// A client without this grant.
    #[must_use]
    pub fn new(id: impl Into<ClientId>) -> Self {
        Self {
            id: id.into(),
            terms: None,
            is_authenticated: false,
        }
    }

    /// Marks the client as authenticated, not only identified. Default: it is only identified.
    ///
    /// In a flood, unauthenticated clients together get at most three quarters of the longest codes; the rest is reserved for
    /// authenticated ones. The endpoints mark clients that presented a secret or came as `RequestFacts::client`. Call it if
    /// you call [`authorize`](crate::DeviceGrants::authorize) yourself.
    #[must_use]
    pub fn authenticated(mut self) -> Self {
        self.is_authenticated = true;
        self
    }

    /// Allows the client to use the device authorization grant on these terms.
    #[must_use]
    pub fn device_grant(mut self, terms: Terms) -> Self {
        self.terms = Some(terms);
        self
    }
}

/// The terms on which a client may use the device authorization grant.
///
/// They are applied when the client asks for codes, and again at redemption: access that is no longer allowed is dropped, and
/// if nothing remains of the approved scope, resources or details, no tokens are issued. So pass the client's current terms
/// with each poll. If terms exceed the bounds of the builder, requests for codes get `server_error`, and the
/// [event](super::EventKind::Fault) says which setting is wrong.
///
/// ```
/// use std::time::Duration;
/// use device_grant::host::Terms;
///
/// let terms = Terms::new("openid profile offline_access".parse()?).lifetime(Duration::from_secs(300));
/// # Ok::<(), device_grant::InvalidValue>(())
/// ```
#[derive(Clone)]
pub struct Terms(Arc<Agreed>);

/// The terms themselves, shared by all requests of the client.
#[derive(Clone)]
struct Agreed {
    scope_ceiling: Scope,
    scope_rule: Option<Arc<ScopeRule>>,
    default_scope: Scope,
    resources: Vec<String>,
    detail_types: Vec<String>,
    lifetime: Option<Duration>,
    interval: Option<Duration>,
    user_code_format: Option<UserCodeFormat>,
    verification_uri_complete: bool,
    requires_pkce: bool,
    requires_key: bool,
    confirmation_code: bool,
}

type ScopeRule = dyn Fn(&str) -> bool + Send + Sync;

impl Terms {
    /// Terms under which the client may request `scope_ceiling` or less; more is `invalid_scope`.
    #[must_use]
    pub fn new(scope_ceiling: Scope) -> Self {
        Self(Arc::new(Agreed {
            scope_ceiling,
            scope_rule: None,
            default_scope: Scope::default(),
            resources: Vec::new(),
            detail_types: Vec::new(),
            lifetime: None,
            interval: None,
            user_code_format: None,
            verification_uri_complete: false,
            requires_pkce: false,
            requires_key: false,
            confirmation_code: false,
        }))
    }

    /// Allows scope tokens beyond the ceiling for which `rule` returns true. Default: none.
    ///
    /// Use a rule for tokens that you cannot list, such as those with a prefix, or for more of them than a [`Scope`] holds. It is
    /// called at the request for codes and again at redemption.
    ///
    /// ```
    /// use device_grant::host::Terms;
    ///
    /// let terms = Terms::new("openid".parse()?)
    ///     .scope_rule(|token| token.starts_with("urn:matrix:client:device:"));
    /// # Ok::<(), device_grant::InvalidValue>(())
    /// ```
    #[must_use]
    pub fn scope_rule(mut self, rule: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        self.change().scope_rule = Some(Arc::new(rule));
        self
    }

    /// Refuses a device authorization request without a PKCE challenge ([RFC
    /// 7636](https://www.rfc-editor.org/rfc/rfc7636)), with `invalid_request`. Default: it is optional.
    #[must_use]
    pub fn require_pkce(mut self) -> Self {
        self.change().requires_pkce = true;
        self
    }

    /// Refuses a device authorization request without a proved key, with `invalid_request`, so that each grant is bound to a
    /// key. Default: a key is optional.
    #[must_use]
    pub fn require_key(mut self) -> Self {
        self.change().requires_key = true;
        self
    }

    /// Sets the scope of a request without `scope` ([RFC 6749 §3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3)).
    /// Default: empty. Scope tokens beyond the ceiling are left out; if none remains, such a request gets `invalid_scope`.
    #[must_use]
    pub fn default_scope(mut self, scope: Scope) -> Self {
        self.change().default_scope = scope;
        self
    }

    /// Sets the lifetime of the codes: whole seconds, at least twice the interval, and at most
    /// [`Builder::lifetime`](crate::Builder::lifetime), which is the default.
    #[must_use]
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.change().lifetime = Some(lifetime);
        self
    }

    /// Sets the polling interval: 1 s to 60 s in whole seconds, and at most half the lifetime. Default:
    /// [`Builder::polling_interval`](crate::Builder::polling_interval).
    #[must_use]
    pub fn interval(mut self, interval: Duration) -> Self {
        self.change().interval = Some(interval);
        self
    }

    /// Sets the format of the user codes: that of [`Builder::user_code_format`](crate::Builder::user_code_format), which is the
    /// default, or one that [`also_user_code_format`](crate::Builder::also_user_code_format) added.
    #[must_use]
    pub fn user_code_format(mut self, format: UserCodeFormat) -> Self {
        self.change().user_code_format = Some(format);
        self
    }

    /// If true, adds `verification_uri_complete` to the client's answers, so that the end user need not type
    /// ([RFC 8628 §3.3.1](https://www.rfc-editor.org/rfc/rfc8628#section-3.3.1)). Default: false, because phishers send links.
    #[must_use]
    pub fn verification_uri_complete(mut self, included: bool) -> Self {
        self.change().verification_uri_complete = included;
        self
    }

    /// If true, requires the device to send a [confirmation code](crate::code::ConfirmationCode) before it gets tokens: the
    /// approving end user reads six digits on the verification page and enters them on the device. Default: false.
    ///
    /// The victim of a phisher has no device on which to enter them. Turn it on only for clients that send
    /// `confirmation_code`; other clients poll until the codes expire. A [`Policy`](super::Policy) can require it with
    /// [`Ruling::Confirm`](super::Ruling::Confirm).
    #[must_use]
    pub fn confirmation_code(mut self, needed: bool) -> Self {
        self.change().confirmation_code = needed;
        self
    }

    /// Sets the resources that the client may name ([RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2)). They are
    /// compared byte for byte; any other gets `invalid_target`. Default: none, because an issuer could silently ignore an
    /// unknown resource, or put it into the token.
    ///
    /// ```
    /// use device_grant::host::Terms;
    ///
    /// let terms = Terms::new("read".parse()?).resources(["https://api.example/", "https://mail.example/"]);
    /// # Ok::<(), device_grant::InvalidValue>(())
    /// ```
    #[must_use]
    pub fn resources<R: Into<String>>(mut self, resources: impl IntoIterator<Item = R>) -> Self {
        self.change().resources = resources.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the types of `authorization_details` that the client may request; any other gets `invalid_authorization_details`
    /// ([RFC 9396 §5](https://www.rfc-editor.org/rfc/rfc9396#section-5)). Default: none. To check the other members of a
    /// detail, write a [`Policy`](super::Policy).
    #[must_use]
    pub fn authorization_details_types<T: Into<String>>(
        mut self,
        types: impl IntoIterator<Item = T>,
    ) -> Self {
        self.change().detail_types = types.into_iter().map(Into::into).collect();
        self
    }

    fn change(&mut self) -> &mut Agreed {
        Arc::make_mut(&mut self.0)
    }

    pub(crate) fn scope_for(&self, requested: Option<&Scope>) -> Option<Scope> {
        match requested {
            Some(scope) if scope.iter().all(|token| self.may_have(token)) => Some(scope.clone()),
            Some(_) => None,
            None => {
                let scope = self.0.default_scope.retain(|token| self.may_have(token));
                // Nothing left is a refusal: an issuer could read an empty scope as its own default, which may be more.
                let is_emptied = scope.is_empty() && !self.0.default_scope.is_empty();
                (!is_emptied).then_some(scope)
            }
        }
    }

    fn may_have(&self, token: &str) -> bool {
        let rule = self.0.scope_rule.as_ref();
        self.0.scope_ceiling.contains(token) || rule.is_some_and(|rule| rule(token))
    }

    /// Returns the part that the terms require and the request lacks, in words for the client.
    pub(crate) fn lacking(&self, has_challenge: bool, has_key: bool) -> Option<&'static str> {
        if self.0.requires_pkce && !has_challenge {
            return Some("This client has to send a code_challenge.");
        }
        (self.0.requires_key && !has_key).then_some("This client has to prove a key.")
    }

    pub(crate) fn may_name(&self, resources: &[String]) -> bool {
        resources
            .iter()
            .all(|resource| self.0.resources.contains(resource))
    }

    pub(crate) fn may_ask_for(&self, details: &[Value]) -> bool {
        details.iter().all(|detail| {
            let kind = detail.get("type").and_then(Value::as_str);
            kind.is_some_and(|kind| self.0.detail_types.iter().any(|known| known == kind))
        })
    }

    /// Returns the part of `access` that the client may still ask for.
    pub(crate) fn limit(&self, access: &Access) -> Access {
        let mut limited = access.clone();
        limited.scope = access.scope.retain(|token| self.may_have(token));
        limited
            .authorization_details
            .retain(|detail| self.may_ask_for(std::slice::from_ref(detail)));
        limited
            .resources
            .retain(|resource| self.may_name(std::slice::from_ref(resource)));
        limited
    }

    pub(crate) fn own_lifetime(&self) -> Option<Duration> {
        self.0.lifetime
    }

    pub(crate) fn own_interval(&self) -> Option<Duration> {
        self.0.interval
    }

    pub(crate) fn own_user_code_format(&self) -> Option<&UserCodeFormat> {
        self.0.user_code_format.as_ref()
    }

    pub(crate) fn wants_confirmation_code(&self) -> bool {
        self.0.confirmation_code
    }

    pub(crate) fn wants_verification_uri_complete(&self) -> bool {
        self.0.verification_uri_complete
    }
}

impl fmt::Debug for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terms")
            .field("scope_ceiling", &self.0.scope_ceiling)
            .field("scope_rule", &self.0.scope_rule.is_some())
            .field("default_scope", &self.0.default_scope)
            .field("resources", &self.0.resources)
            .field("detail_types", &self.0.detail_types)
            .field("lifetime", &self.0.lifetime)
            .field("interval", &self.0.interval)
            .field("user_code_format", &self.0.user_code_format)
            .field(
                "verification_uri_complete",
                &self.0.verification_uri_complete,
            )
            .field("requires_pkce", &self.0.requires_pkce)
            .field("requires_key", &self.0.requires_key)
            .field("confirmation_code", &self.0.confirmation_code)
            .finish()
    }
}
