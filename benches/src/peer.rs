//! The peer, `oauth-as`, over its memory store.

use std::time::Duration;

use oauth_as::{
    AuthorizationServer, Client, ClientAuth, ClientId, DeviceAuthorizationResponse, ErrorCode,
    GrantType, MemoryStorage, ScopeSet, ServerConfig, Storage, TokenRequest,
};

use crate::SCOPE;
use crate::clock::Clock;
use crate::timing::ready;

/// The server, and what is needed to use it.
pub struct Peer {
    /// The server.
    pub server: AuthorizationServer<MemoryStorage, Clock>,
    /// The clock that it goes by.
    pub clock: Clock,
    client: ClientId,
    scope: Option<ScopeSet>,
}

impl Peer {
    /// A server without grants, whose devices ask for a scope or not.
    pub fn new(is_scoped: bool) -> Self {
        let clock = Clock::default();
        let mut config = ServerConfig::new("https://id.example", "https://id.example/activate");
        config.user_code_length = 12;
        // Its clock only goes forward, and no grant is to expire meanwhile.
        config.device_code_ttl = Duration::from_secs(50 * 366 * 24 * 3_600);
        let server = AuthorizationServer::with_clock(config, MemoryStorage::new(), clock.clone());
        let scope = ScopeSet::parse(SCOPE).expect("a scope");
        ready(server.store().put_client(Client {
            client_id: ClientId::new("tv"),
            auth: ClientAuth::Public,
            grant_types: vec![GrantType::DeviceCode],
            redirect_uris: Vec::new(),
            allowed_scopes: scope.clone(),
            default_scopes: ScopeSet::parse("openid").expect("a scope"),
            name: None,
            registration: None,
        }))
        .expect("memory does not fail");
        Self {
            server,
            clock,
            client: ClientId::new("tv"),
            scope: is_scoped.then_some(scope),
        }
    }

    /// A server with `count` pending grants, and what each device was told.
    pub fn filled(is_scoped: bool, count: usize) -> (Self, Vec<DeviceAuthorizationResponse>) {
        let peer = Self::new(is_scoped);
        let responses = (0..count).map(|_| peer.authorize()).collect();
        (peer, responses)
    }

    /// Issues codes.
    pub fn authorize(&self) -> DeviceAuthorizationResponse {
        ready(
            self.server
                .device_authorization(&self.client, None, self.scope.as_ref()),
        )
        .expect("codes are issued")
    }

    /// Forgets a grant.
    pub fn forget(&self, device_code: &str) {
        ready(self.server.store().take_device_grant(device_code)).expect("memory does not fail");
    }

    /// A poll with this device code.
    #[must_use]
    pub fn request(&self, device_code: &str) -> TokenRequest {
        TokenRequest::DeviceCode {
            client_id: self.client.clone(),
            client_secret: None,
            device_code: device_code.to_owned(),
        }
    }

    /// Polls.
    pub fn poll(&self, request: TokenRequest) -> Polled {
        match ready(self.server.token(request)) {
            Ok(_) => Polled::Tokens,
            Err(error) if error.error == ErrorCode::AuthorizationPending => Polled::Pending,
            Err(error) if error.error == ErrorCode::SlowDown => Polled::SlowDown,
            Err(error) => panic!("unexpected: {error:?}"),
        }
    }

    /// Approves what this user code stands for.
    pub fn approve(&self, user_code: &str) {
        ready(self.server.approve_device(user_code, "alice")).expect("the code is live");
    }
}

/// The answer to a poll.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Polled {
    /// Not decided.
    Pending,
    /// Not decided, and too fast.
    SlowDown,
    /// Tokens.
    Tokens,
}
