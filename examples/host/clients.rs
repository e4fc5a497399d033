//! The registered clients, and those that an operator has blocked.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use device_grant::InvalidValue;
use device_grant::host::{Client, PortError, Terms};
use device_grant::http::{ClientCredentials, ClientDirectory, ClientRegistry};
use device_grant::page::{Choice, Presentation, Presenter};

use super::signing_keys::Algorithm;

/// The scope that any client of this server may ask for.
pub(crate) const SCOPES: &str =
    "openid profile email offline_access read write contacts organization";

/// The scope tokens that an end user may leave out.
pub(crate) const OPTIONAL_SCOPES: &str = "contacts";

/// Their words on a page, as the end of "It asks to ...".
pub(crate) const SCOPE_WORDS: [(&str, &str); 2] = [
    ("contacts", "see your contacts"),
    ("organization", "act for one of your organizations"),
];

/// The resources that tokens can be for.
const RESOURCES: [&str; 2] = ["https://calendar.example/", "https://files.example/"];

/// `tv`, `cli` and `cli-strict` are public, and `cli-strict` has to send a confirmation code; `box` is confidential, `web` is
/// known and may not use the device grant.
fn registry() -> Result<ClientRegistry, InvalidValue> {
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

/// The algorithm that the client registered for its ID tokens, which is RS256 if it named none
/// ([OpenID Connect Registration §2](https://openid.net/specs/openid-connect-registration-1_0.html#ClientMetadata)).
pub(crate) fn id_token_algorithm(client: &str) -> Algorithm {
    match client {
        "box" => Algorithm::Es256,
        _ => Algorithm::Rs256,
    }
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

/// A directory whose clients can be blocked while the server runs. Clones share it.
#[derive(Clone)]
pub(crate) struct Clients {
    registry: Arc<ClientRegistry>,
    blocked: Arc<RwLock<HashSet<String>>>,
}

impl Clients {
    pub(crate) fn new() -> Result<Self, InvalidValue> {
        Ok(Self {
            registry: Arc::new(registry()?),
            blocked: Arc::default(),
        })
    }

    pub(crate) fn block(&self, id: &str) {
        let blocked = self.blocked.write();
        let mut blocked = blocked.unwrap_or_else(PoisonError::into_inner);
        blocked.insert(id.to_owned());
    }

    pub(crate) fn unblock(&self, id: &str) {
        let blocked = self.blocked.write();
        blocked.unwrap_or_else(PoisonError::into_inner).remove(id);
    }
}

#[async_trait]
impl ClientDirectory for Clients {
    async fn authenticate(
        &self,
        credentials: &ClientCredentials,
    ) -> Result<Option<Client>, PortError> {
        let mut found = self.registry.authenticate(credentials).await?;
        let blocked = self.blocked.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = &mut found
            && blocked.contains(client.id.as_str())
        {
            // Still known, and without the grant: codes are refused, and so are tokens for what was approved.
            client.terms = None;
        }
        Ok(found)
    }
}

/// The names of the clients on a page.
pub(crate) const NAMES: [(&str, &str); 5] = [
    ("tv", "Example TV"),
    ("cli", "Example CLI"),
    ("cli-strict", "Example CLI (strict)"),
    ("box", "Example Box"),
    ("web", "Example Web"),
];
