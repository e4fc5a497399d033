//! The registered clients.

use device_grant::InvalidValue;
use device_grant::host::{Client, Terms};
use device_grant::http::ClientRegistry;

/// What any client of this server may ask for.
pub(crate) const SCOPES: &str = "openid profile email offline_access read write";

/// What their tokens can be for.
const RESOURCES: [&str; 2] = ["https://calendar.example/", "https://files.example/"];

/// `tv`, `cli` and `cli-strict` are public, and `cli-strict` has to send a confirmation code; `box` is confidential, `web` is
/// known and may not use the device grant.
pub(crate) fn registry() -> Result<ClientRegistry, InvalidValue> {
    let terms = Terms::new(SCOPES.parse()?)
        .resources(RESOURCES)
        .authorization_details_types(["calendar"]);
    Ok(ClientRegistry::new()
        .public(Client::new("tv").device_grant(terms.clone()))
        .public(Client::new("cli").device_grant(terms.clone().verification_uri_complete(true)))
        .public(Client::new("cli-strict").device_grant(terms.clone().confirmation_code(true)))
        .confidential(Client::new("box").device_grant(terms), "box-secret")
        .public(Client::new("web")))
}

/// What they are called on a page.
pub(crate) const NAMES: [(&str, &str); 5] = [
    ("tv", "Example TV"),
    ("cli", "Example CLI"),
    ("cli-strict", "Example CLI (strict)"),
    ("box", "Example Box"),
    ("web", "Example Web"),
];
