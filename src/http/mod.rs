//! The endpoints, on [`http::Request`] and [`http::Response`].
//!
//! | item | what it does |
//! |---|---|
//! | [`Endpoints`] | answers device authorization requests, token requests of this grant, revocation and metadata |
//! | [`ClientDirectory`] | authenticates clients; [`ClientRegistry`] is a ready-made one |
//! | [`VisitorSource`] | tells the verification pages who is signed in |
//! | [`Route`] | answers some of the requests of a server |
//! | `DeviceGrantLayer` | puts routes in front of an existing `tower` service, or of a server's own function (feature `tower`) |
//!
//! Put the facts that your server knows of a request, such as its address, into the request's [`RequestFacts`].
//!
//! The endpoints trust no header that a client can write, such as `Forwarded` or `X-Forwarded-For`, and read no parameter from
//! a URI. Pages of other origins cannot read the answers: there are no CORS headers, unless [`Endpoints::allow_origin`] names
//! that origin.

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
