//! The endpoints over [`http::Request`] and [`http::Response`]: the only place that knows requests.
//!
//! | who | offers |
//! |---|---|
//! | [`Endpoints`] | device authorization, the token request of this grant, revocation, metadata |
//! | [`ClientDirectory`] | which clients there are; [`ClientRegistry`] is a ready-made one |
//! | [`VisitorSource`] | who is signed in, for verification pages |
//! | [`Route`] | whatever answers some of the requests of a server |
//! | `DeviceGrantLayer` | routes in front of an existing `tower` service, or of any server's own function (feature `tower`) |
//!
//! The host adds what it knows of a request besides its bytes to the request's [`RequestFacts`].
//!
//! Nothing here trusts a header that a client can write, such as `Forwarded` or `X-Forwarded-For`, or reads
//! parameters from a URI. A page in a browser cannot read what these endpoints of another origin answer: they have no
//! CORS headers, unless [`Endpoints::allow_origin`] names its origin.

mod authentication;
#[cfg(feature = "tower")]
mod body;
mod client_credentials;
mod client_directory;
#[cfg(feature = "tower")]
mod client_ip;
mod client_registry;
mod cors;
mod device_authorization;
#[cfg(feature = "dpop")]
mod dpop;
mod endpoints;
mod form;
#[cfg(not(feature = "dpop"))]
mod host_key;
#[cfg(feature = "tower")]
mod layer;
mod metadata;
#[cfg(feature = "tower")]
mod mounting;
mod prepared;
mod rejection;
#[cfg(feature = "tower")]
mod request_body;
mod request_facts;
mod response;
mod revocation;
mod route;
mod routed;
mod token;
mod visitor_source;

#[cfg(test)]
mod tests;

pub use self::client_credentials::{ClientCredentials, Endpoint};
pub use self::client_directory::ClientDirectory;
#[cfg(feature = "tower")]
pub use self::client_ip::ClientIpSource;
pub use self::client_registry::ClientRegistry;
#[cfg(feature = "dpop")]
pub use self::dpop::Dpop;
pub use self::endpoints::Endpoints;
#[cfg(feature = "tower")]
pub use self::layer::{DeviceGrantLayer, DeviceGrantService};
#[cfg(feature = "tower")]
pub use self::request_body::RequestBody;
pub use self::request_facts::RequestFacts;
pub use self::route::{Answering, Route};
pub use self::routed::Routed;
pub use self::visitor_source::{SignIn, VisitorSource, session_fn, visitor_fn};
