use device_grant::{DeviceGrants, PollOutcome};

use super::proxy::Proxy;
use super::{Isolation, SERVER, pool_of, store_on};
use crate::executor::block_on;
use crate::flow;

#[test]
fn each_step_takes_as_many_round_trips_as_it_should() {
    let proxy = Proxy::new(&SERVER);
    let pool = pool_of(1, proxy.options(&SERVER), Isolation::ReadCommitted);
    let grants = flow::node(store_on(pool));
    block_on(async {
        proxy.statements();
        count_a_flow(&grants, &proxy).await;
        proxy.preparations();
        count_a_flow(&grants, &proxy).await;
    });
    assert_eq!(
        proxy.preparations(),
        0,
        "the second time nothing is prepared"
    );
}

async fn count_a_flow(grants: &DeviceGrants, proxy: &Proxy) {
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
