use device_grant::{DeviceGrants, PollOutcome};

use crate::flow;
use crate::proxy::Proxy;

/// Counts the round trips of each step. A statement that is prepared first takes one more.
pub(crate) async fn count_a_flow(grants: &DeviceGrants, proxy: &Proxy) {
    let device = flow::authorize(grants).await.unwrap();
    assert_eq!(proxy.statements(), 1, "to authorize");
    let polled = flow::poll(grants, &device).await.unwrap();
    assert!(matches!(polled, PollOutcome::Pending));
    assert_eq!(proxy.statements(), 1, "to poll, while it is pending");
    let polled = flow::poll(grants, &device).await.unwrap();
    assert!(matches!(polled, PollOutcome::Pending));
    assert_eq!(proxy.statements(), 1, "to poll a second time at once");
    let polled = flow::poll(grants, &device).await.unwrap();
    assert!(matches!(polled, PollOutcome::SlowDown { .. }));
    assert_eq!(proxy.statements(), 1, "to poll too early");
    let review = flow::review(grants, &device).await.unwrap();
    assert_eq!(proxy.statements(), 2, "to review");
    flow::approve(grants, &review).await.unwrap();
    assert_eq!(proxy.statements(), 2, "to approve");
    let polled = flow::poll(grants, &device).await.unwrap();
    assert!(matches!(polled, PollOutcome::Tokens(_)));
    assert_eq!(proxy.statements(), 3, "to redeem");
    let polled = flow::poll(grants, &device).await.unwrap();
    assert!(matches!(polled, PollOutcome::InvalidGrant));
    assert_eq!(proxy.statements(), 1, "to poll once it is redeemed");
}
