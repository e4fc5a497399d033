use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use http::Uri;
use http::request::Parts;

use crate::host::{Cause, Visitor};

/// Tells verification pages who is signed in.
///
/// # Contract
///
/// 1. [`SignIn::As`] names an end user whom the host signed in interactively, in this browser. *Broken: whoever
///    holds an API token signs in a device that outlives it.*
/// 2. Its visitor carries the [`session`](Visitor::session) and, as [`source`](Visitor::source), the address that
///    the host's edge determined. The ready-made pages take [`RequestFacts::ip`](super::RequestFacts::ip) for a visitor without an
///    address. *Broken: a decision is not bound to the browser that reviewed; guesses of user codes are charged to nobody, or to
///    somebody else.*
/// 3. [`SignIn::Redirect`] leads to the host's login, which sends the visitor back to the page that was asked for.
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
pub trait VisitorSource: Send + Sync {
    /// Says who sent the request.
    async fn visitor(&self, parts: &Parts) -> SignIn;
}

#[async_trait]
impl<V: VisitorSource + ?Sized> VisitorSource for Arc<V> {
    async fn visitor(&self, parts: &Parts) -> SignIn {
        (**self).visitor(parts).await
    }
}

/// The visitor of a verification page.
#[derive(Debug)]
#[non_exhaustive]
pub enum SignIn {
    /// This end user.
    As(Visitor),
    /// Nobody yet: the browser is sent there to sign in.
    Redirect(Uri),
    /// It cannot be told at the moment.
    Unavailable(Cause),
}

/// A [`VisitorSource`] made of one async closure.
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
}
