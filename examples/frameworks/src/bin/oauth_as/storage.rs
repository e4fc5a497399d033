use std::future::Future;
use std::sync::Arc;

use oauth_as::client::{Client, ClientAuth, ClientId};
use oauth_as::store::{MemoryStorage, Storage, StorageError};
use tokio::task_local;

task_local! {
    /// Set while the token issuer works.
    static CLIENT_IS_AUTHENTICATED: ();
}

/// Runs calls of `oauth-as` for a client that has been authenticated before, and whose secret is gone since.
pub(crate) async fn for_authenticated_client<F: Future>(calls: F) -> F::Output {
    CLIENT_IS_AUTHENTICATED.scope((), calls).await
}

/// The storage of `oauth-as`, which shows every client as a public one to calls inside [`for_authenticated_client`].
#[derive(Default)]
pub(crate) struct HostStorage {
    storage: MemoryStorage,
}

impl Storage for HostStorage {
    async fn get_client(&self, id: &ClientId) -> Result<Option<Arc<Client>>, StorageError> {
        let found = self.storage.get_client(id).await?;
        if CLIENT_IS_AUTHENTICATED.try_with(|()| ()).is_err() {
            return Ok(found);
        }
        Ok(found.map(|client| {
            Arc::new(Client {
                auth: ClientAuth::Public,
                ..Client::clone(&client)
            })
        }))
    }

    oauth_as::delegate_storage! {
        to storage;
        put_client, compare_and_swap_client, delete_client,
        put_device_grant, get_device_grant, find_device_grant_by_user_code,
        take_device_grant, compare_and_swap_device_grant,
        put_authorization_code, compare_and_swap_authorization_code, take_authorization_code,
        put_token, get_token, delete_token,
        put_refresh_token, get_refresh_token, take_refresh_token, rotate_refresh_token, revoke_token_family,
        sweep_expired,
    }
}
