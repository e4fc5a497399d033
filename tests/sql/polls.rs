//! Polls that come at the same time, for the tests of all stores.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use device_grant::host::{GrantStore, Paced, PollRecord, PortError, Row};
use device_grant::testing::ManualClock;
use device_grant::testing::conformance::store::fixtures::{
    Shape, at, id, insert, new_row, pace, replace,
};

/// More than a batch has.
pub(crate) const MANY: u64 = 70;

/// A store that several share.
pub(crate) trait Shared: GrantStore + Clone + 'static {}

impl<S: GrantStore + Clone + 'static> Shared for S {}

type Polled = Result<Option<Row>, PortError>;

/// Polls these grants, each before the answer to any other. The answers have the order of the numbers.
pub(crate) async fn at_once(
    store: &impl Shared,
    numbers: impl IntoIterator<Item = u64>,
) -> Vec<Polled> {
    let poll = |number| {
        let store = store.clone();
        async move { store.record_poll(&PollRecord::new(id(number))).await }
    };
    all(numbers.into_iter().map(poll)).await
}

/// Waits for all of these, polled by one task.
async fn all<T>(futures: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut running: Vec<(Option<Pin<Box<_>>>, Option<T>)> = futures
        .map(|future| (Some(Box::pin(future)), None))
        .collect();
    poll_fn(|context| {
        let mut is_pending = false;
        for (future, ended) in &mut running {
            match future.as_mut().map(|future| future.as_mut().poll(context)) {
                Some(Poll::Ready(value)) => (*future, *ended) = (None, Some(value)),
                Some(Poll::Pending) => is_pending = true,
                None => {}
            }
        }
        if is_pending {
            return Poll::Pending;
        }
        Poll::Ready(())
    })
    .await;
    running
        .into_iter()
        .map(|(_, ended)| ended.unwrap())
        .collect()
}

/// Every kind of answer is in a batch with the others.
pub(crate) async fn polls_at_once_are_answered_as_one_by_one(
    store: &impl Shared,
    clock: &ManualClock,
) {
    clock.set(at(0));
    for number in 0..MANY {
        let mut new = new_row(number);
        match number % 6 {
            // Not there.
            0 => continue,
            1 => new.lifetime = Duration::ZERO,
            _ => {}
        }
        let row = insert(store, &new).await;
        match number % 6 {
            2 => drop(replace(store, &row, &Shape::approved(), number + 1_000).await),
            3 => drop(at_once(store, [number]).await),
            4 => drop(at_once(store, [number, number]).await),
            _ => {}
        }
    }
    let answers = at_once(store, 0..MANY).await;
    for (answer, number) in answers.into_iter().zip(0..) {
        let answer = answer.unwrap();
        if number % 6 == 0 {
            assert_eq!(answer, None, "{number}");
            continue;
        }
        let row = answer.unwrap();
        assert_eq!(row.id, id(number));
        let (revision, paced) = match number % 6 {
            1 => (number, None),
            2 => (number + 1_000, None),
            3 => (number, Some(Paced::Twin)),
            4 => (number, Some(Paced::slow_down(10))),
            _ => (number, Some(Paced::Accepted)),
        };
        assert_eq!((row.revision, row.paced), (revision, paced), "{number}");
    }
}

/// A device that is told the longest interval is only read, and goes on as the others.
pub(crate) async fn early_polls_at_the_longest_interval_are_answered_at_once(
    store: &impl Shared,
    clock: &ManualClock,
) {
    clock.set(at(0));
    for number in 0..MANY {
        let mut slow = new_row(number);
        slow.pace = pace(60);
        insert(store, &slow).await;
    }
    let paced = async |seconds: i64| {
        clock.set(at(seconds));
        let answers = at_once(store, 0..MANY).await.into_iter();
        let paced = answers.map(|answer| answer.unwrap().unwrap().paced.unwrap());
        let mut paced: Vec<_> = paced.collect();
        paced.dedup();
        paced
    };
    assert_eq!(paced(0).await, [Paced::Accepted]);
    for seconds in [5, 6, 7] {
        assert_eq!(paced(seconds).await, [Paced::slow_down(60)], "{seconds}");
    }
    assert_eq!(paced(60).await, [Paced::Accepted]);
    assert_eq!(paced(65).await, [Paced::slow_down(60)]);
}

/// One poll of all is accepted, one is its twin, and the others are too early.
pub(crate) async fn a_hot_grant_is_paced_as_any_other(store: &impl Shared, clock: &ManualClock) {
    clock.set(at(0));
    insert(store, &new_row(1)).await;
    let answers = at_once(store, [1; 64]).await.into_iter();
    let paced = answers.map(|answer| answer.unwrap().unwrap().paced.unwrap());
    let mut paced: Vec<_> = paced.collect();
    paced.sort_by_key(|paced| match paced {
        Paced::Accepted => 0,
        Paced::Twin => 1,
        Paced::SlowDown { interval, .. } => *interval,
    });
    let told = (0..62).map(|early| Paced::slow_down((10 + 5 * early).min(60)));
    let expected: Vec<_> = [Paced::Accepted, Paced::Twin]
        .into_iter()
        .chain(told)
        .collect();
    assert_eq!(paced, expected);
}

/// Two nodes, each of which has all polls in its batches.
pub(crate) async fn two_nodes_may_poll_the_same_grants(
    nodes: [&impl Shared; 2],
    clock: &ManualClock,
) {
    clock.set(at(0));
    for number in 0..MANY {
        insert(nodes[0], &new_row(number)).await;
    }
    let [here, there] = nodes.map(|node| {
        let node = node.clone();
        tokio::spawn(async move { at_once(&node, 0..MANY).await })
    });
    let (here, there) = (here.await.unwrap(), there.await.unwrap());
    for (number, (one, other)) in here.into_iter().zip(there).enumerate() {
        let mut paced = [one, other].map(|answer| answer.unwrap().unwrap().paced.unwrap());
        paced.sort_by_key(|paced| *paced != Paced::Accepted);
        assert_eq!(paced, [Paced::Accepted, Paced::Twin], "{number}");
    }
}

/// Each poll is dropped at another point, some while they have the batch of others.
pub(crate) async fn polls_that_are_dropped_hold_nobody_up(store: &impl Shared) {
    for number in 0..MANY {
        insert(store, &new_row(number)).await;
    }
    for round in 0..30_u64 {
        let polls = (0..MANY).map(|number| {
            let store = store.clone();
            let poll = async move { at_once(&store, [number]).await.pop().unwrap() };
            (number, tokio::spawn(poll))
        });
        let polls: Vec<_> = polls.collect();
        for (number, poll) in polls {
            if (number + round) % 3 == 0 {
                tokio::task::yield_now().await;
                poll.abort();
            } else {
                assert!(poll.await.unwrap().unwrap().is_some(), "{number}");
            }
        }
    }
}

/// Once a decision is acknowledged, every poll sees it, and no poll undoes it.
pub(crate) async fn no_decision_is_missed_by_a_batch(store: &impl Shared) {
    for number in 0..MANY {
        insert(store, &new_row(number)).await;
    }
    let busy = tokio::spawn({
        let store = store.clone();
        async move {
            for _ in 0..20 {
                for answer in at_once(&store, 0..MANY).await {
                    assert!(answer.unwrap().is_some());
                }
            }
        }
    });
    for number in 0..MANY {
        let row = store.find(&id(number)).await.unwrap().unwrap();
        replace(store, &row, &Shape::approved(), number + 1_000).await;
        let near = [number, (number + 1) % MANY, (number + 2) % MANY];
        let polled = at_once(store, near).await.swap_remove(0).unwrap().unwrap();
        assert_eq!((polled.revision, polled.paced), (number + 1_000, None));
    }
    busy.await.unwrap();
    for number in 0..MANY {
        let row = store.find(&id(number)).await.unwrap().unwrap();
        assert_eq!((row.revision, row.is_pending), (number + 1_000, false));
    }
}
