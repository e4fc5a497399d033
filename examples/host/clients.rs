//! The registered clients.

use async_trait::async_trait;
use device_grant::InvalidValue;
use device_grant::host::{Client, Terms};
use device_grant::http::ClientRegistry;
use device_grant::page::{Choice, Presentation, Presenter};

/// What any client of this server may ask for.
pub(crate) const SCOPES: &str =
    "openid profile email offline_access read write contacts organization";

/// What an end user may leave out.
pub(crate) const OPTIONAL_SCOPES: &str = "contacts";

/// What they are called on a page, as the end of "It asks to ...".
pub(crate) const SCOPE_WORDS: [(&str, &str); 2] = [
    ("contacts", "see your contacts"),
    ("organization", "act for one of your organizations"),
];

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

/// Lets the end user say for which organization a device acts that asks for `organization`.
pub(crate) struct Organizations;

impl Organizations {
    /// The member of the approval's data, and the claim of the ID token.
    pub(crate) const NAME: &str = "organization";
}

#[async_trait]
impl Presenter for Organizations {
    async fn present(&self, presentation: &mut Presentation<'_>) {
        if presentation.grant.requested.scope.contains("organization") {
            let organizations = [("personal", "Personal"), ("example", "Example Ltd.")];
            let choice = Choice::new(Self::NAME, "Organization", organizations);
            presentation.choices.push(choice);
        }
    }
}

/// What they are called on a page.
pub(crate) const NAMES: [(&str, &str); 5] = [
    ("tv", "Example TV"),
    ("cli", "Example CLI"),
    ("cli-strict", "Example CLI (strict)"),
    ("box", "Example Box"),
    ("web", "Example Web"),
];
