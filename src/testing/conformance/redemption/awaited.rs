//! Ports that are pending once before each call and once after it, so that there is a moment to go away at each.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use async_trait::async_trait;

use crate::code::{GrantId, UserCodeDigest};
use crate::grant::Timestamp;
use crate::host::{
    ApprovalContext, AuthorizationContext, GrantStore, IssueError, NewRow, Policy, PollRecord,
    PortError, Redemption, Replacement, Row, Ruling, TokenIssuer,
};
use crate::message::TokenResponse;

/// A port around another one.
pub(super) struct Awaited<P>(pub(super) P);

async fn around<T>(call: impl Future<Output = T> + Send) -> T {
    once().await;
    let answer = call.await;
    once().await;
    answer
}

/// Pending once.
async fn once() {
    let mut was_polled = false;
    poll_fn(|context| {
        if was_polled {
            return Poll::Ready(());
        }
        was_polled = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[async_trait]
impl<S: GrantStore> GrantStore for Awaited<Arc<S>> {
    async fn insert(&self, new: &NewRow) -> Result<Option<Timestamp>, PortError> {
        around(self.0.insert(new)).await
    }

    async fn find(&self, id: &GrantId) -> Result<Option<Row>, PortError> {
        around(self.0.find(id)).await
    }

    async fn find_by_user_code(&self, codes: &[UserCodeDigest]) -> Result<Vec<Row>, PortError> {
        around(self.0.find_by_user_code(codes)).await
    }

    async fn replace(&self, replacement: &Replacement) -> Result<bool, PortError> {
        around(self.0.replace(replacement)).await
    }

    async fn record_poll(&self, poll: &PollRecord) -> Result<Option<Row>, PortError> {
        around(self.0.record_poll(poll)).await
    }

    async fn now(&self) -> Result<Timestamp, PortError> {
        around(self.0.now()).await
    }

    async fn purge(&self, limit: u32) -> Result<u64, PortError> {
        around(self.0.purge(limit)).await
    }

    async fn check(&self) -> Result<Vec<String>, PortError> {
        self.0.check().await
    }
}

#[async_trait]
impl<I: TokenIssuer> TokenIssuer for Awaited<I> {
    async fn issue(&self, redemption: &Redemption) -> Result<TokenResponse, IssueError> {
        around(self.0.issue(redemption)).await
    }

    async fn discard(&self, redemption: &Redemption, tokens: TokenResponse) {
        around(self.0.discard(redemption, tokens)).await;
    }
}

#[async_trait]
impl<P: Policy> Policy for Awaited<P> {
    async fn at_authorization(
        &self,
        context: &AuthorizationContext<'_>,
    ) -> Result<Ruling, PortError> {
        around(self.0.at_authorization(context)).await
    }

    async fn at_approval(&self, context: &ApprovalContext<'_>) -> Result<Ruling, PortError> {
        around(self.0.at_approval(context)).await
    }

    async fn at_redemption(&self, redemption: &Redemption) -> Result<Ruling, PortError> {
        around(self.0.at_redemption(redemption)).await
    }
}
