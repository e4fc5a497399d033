use std::any::type_name;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;

use async_trait::async_trait;
use http::Uri;
use http::request::Parts;

use crate::host::{Cause, Visitor};

/// Tells the verification pages who is signed in.
///
/// # Contract
///
/// 1. [`SignIn::As`] names an end user who signed in interactively, in this browser. *Broken: the holder of an API token
///    signs in a device that stays signed in after the token expires.*
/// 2. Its visitor has the [session](Visitor::with_session) and the [address](Visitor::with_ip) that
///    the edge of your server saw. For a visitor without an address, the ready-made pages use
///    [`RequestFacts::ip`](super::RequestFacts::ip). *Broken: another session can decide; wrong user codes count for nobody, or
///    for somebody else.*
/// 3. [`SignIn::Redirect`] leads to your login, which then sends the visitor back to the requested page. *Broken: the visitor
///    does not return to the review.*
///
/// ```
/// use async_trait::async_trait;
/// use device_grant::host::Visitor;
/// use device_grant::http::{SignIn, VisitorSource};
/// use http::{Uri, request::Parts};
///
/// #[derive(Clone)]
/// struct User(String);
///
/// /// Finds the user in the extensions, where the host's session middleware put it.
/// struct Sessions;
///
/// #[async_trait]
/// impl VisitorSource for Sessions {
///     async fn visitor(&self, parts: &Parts) -> SignIn {
///         match parts.extensions.get::<User>() {
///             Some(User(name)) => SignIn::As(Visitor::new(name.as_str())),
///             None => SignIn::Redirect(Uri::from_static("/login")),
///         }
///     }
/// }
/// ```
#[async_trait]
#[diagnostic::on_unimplemented(
    note = "`device_grant::http::visitor_fn` and `session_fn` make a visitor source of an async closure"
)]
pub trait VisitorSource: Send + Sync {
    /// Returns the visitor who sent the request.
    async fn visitor(&self, parts: &Parts) -> SignIn;
}

#[async_trait]
impl<V: VisitorSource + ?Sized> VisitorSource for Arc<V> {
    async fn visitor(&self, parts: &Parts) -> SignIn {
        (**self).visitor(parts).await
    }
}

/// The answer of a [`VisitorSource`]: who is signed in.
#[derive(Debug)]
#[non_exhaustive]
pub enum SignIn {
    /// This end user is signed in.
    As(Visitor),
    /// Nobody is signed in. The browser is redirected to this address, your login.
    Redirect(Uri),
    /// The session store fails, with this cause. The page says so, with status 503.
    Unavailable(Cause),
}

/// Makes a [`VisitorSource`] of one async closure.
///
/// ```
/// use device_grant::host::Visitor;
/// use device_grant::http::{SignIn, visitor_fn};
/// use http::{Uri, request::Parts};
///
/// #[derive(Clone)]
/// struct User(String);
///
/// let visitors = visitor_fn(|request: Parts| async move {
///     match request.extensions.get::<User>() {
///         Some(User(name)) => SignIn::As(Visitor::new(name.as_str())),
///         None => SignIn::Redirect(Uri::from_static("/login")),
///     }
/// });
/// ```
pub fn visitor_fn<F, Fut>(visitor: F) -> impl VisitorSource
where
    F: Fn(Parts) -> Fut + Send + Sync,
    Fut: Future<Output = SignIn> + Send,
{
    VisitorFn(visitor)
}

/// See [`visitor_fn`].
struct VisitorFn<F>(F);

#[async_trait]
impl<F, Fut> VisitorSource for VisitorFn<F>
where
    F: Fn(Parts) -> Fut + Send + Sync,
    Fut: Future<Output = SignIn> + Send,
{
    async fn visitor(&self, parts: &Parts) -> SignIn {
        (self.0)(parts.clone()).await
    }
}

/// Makes a [`VisitorSource`] of the extension that your session layer sets and of one async closure.
///
/// The closure returns the visitor of a session, or `None` if nobody is signed in; the browser is then redirected to `login`,
/// which has to lead back to the pages. If a request has no such extension, because the session layer is not outside of the
/// pages, the page cannot be shown, and an event `fault` names the extension.
///
/// ```
/// use device_grant::host::Visitor;
/// use device_grant::http::session_fn;
/// use http::Uri;
///
/// #[derive(Clone)]
/// struct Session {
///     id: String,
///     user: Option<String>,
/// }
///
/// let visitors = session_fn(Uri::from_static("/login"), |session: Session| async move {
///     let visitor = session.user.map(|user| Visitor::new(user).with_session(&session.id));
///     Ok::<_, std::convert::Infallible>(visitor)
/// });
/// ```
pub fn session_fn<E, F, Fut, X>(login: Uri, visitor: F) -> impl VisitorSource
where
    E: Clone + Send + Sync + 'static,
    F: Fn(E) -> Fut + Send + Sync,
    Fut: Future<Output = Result<Option<Visitor>, X>> + Send,
    X: Into<Cause>,
{
    SessionFn {
        login,
        visitor,
        extension: PhantomData::<fn(E)>,
    }
}

/// See [`session_fn`].
struct SessionFn<E, F> {
    login: Uri,
    visitor: F,
    extension: PhantomData<fn(E)>,
}

#[async_trait]
impl<E, F, Fut, X> VisitorSource for SessionFn<E, F>
where
    E: Clone + Send + Sync + 'static,
    F: Fn(E) -> Fut + Send + Sync,
    Fut: Future<Output = Result<Option<Visitor>, X>> + Send,
    X: Into<Cause>,
{
    async fn visitor(&self, parts: &Parts) -> SignIn {
        let Some(extension) = parts.extensions.get::<E>().cloned() else {
            let name = type_name::<E>();
            return SignIn::Unavailable(
                format!("no {name} in the request: put the layer that sets it around the pages")
                    .into(),
            );
        };
        match (self.visitor)(extension).await {
            Ok(Some(visitor)) => SignIn::As(visitor),
            Ok(None) => SignIn::Redirect(self.login.clone()),
            Err(error) => SignIn::Unavailable(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_arc_of_a_source_knows_the_same_visitors() {
        let source = visitor_fn(|_: Parts| async { SignIn::As(Visitor::new("alice")) });
        let shared: Arc<dyn VisitorSource> = Arc::new(source);
        let (parts, ()) = http::Request::new(()).into_parts();
        let sign_in = VisitorSource::visitor(&shared, &parts).await;
        assert!(matches!(sign_in, SignIn::As(visitor) if visitor.subject().as_str() == "alice"));
    }

    #[tokio::test]
    async fn a_session_tells_a_visitor_or_leads_to_the_login_or_fails() {
        let source = session_fn(
            Uri::from_static("/login"),
            |user: &'static str| async move {
                match user {
                    "" => Ok(None),
                    "broken" => Err("the sessions are away"),
                    user => Ok(Some(Visitor::new(user))),
                }
            },
        );
        let sign_in = async |user: Option<&'static str>| {
            let (mut parts, ()) = http::Request::new(()).into_parts();
            user.map(|user| parts.extensions.insert(user));
            source.visitor(&parts).await
        };
        let alice = sign_in(Some("alice")).await;
        assert!(matches!(alice, SignIn::As(visitor) if visitor.subject().as_str() == "alice"));
        let nobody = sign_in(Some("")).await;
        assert!(matches!(nobody, SignIn::Redirect(uri) if uri == "/login"));
        for (user, cause) in [
            (Some("broken"), "the sessions are away"),
            (None, "no &str in the request"),
        ] {
            let sign_in = sign_in(user).await;
            assert!(
                matches!(&sign_in, SignIn::Unavailable(found) if found.to_string().starts_with(cause)),
                "{sign_in:?}"
            );
        }
    }
}
