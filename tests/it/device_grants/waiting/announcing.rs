//! The news that nodes tell each other.

use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use device_grant::code::GrantId;
use device_grant::host::{Announcer, Event, EventKind, PortError, async_trait};
use device_grant::testing::Poll as Told;

use super::Waits;
use super::hand::Hand;
use crate::device_grants::{SECOND, Server, Test};

/// An announcer that keeps what is announced, or fails.
#[derive(Clone, Default)]
struct Board(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    announced: Vec<GrantId>,
    is_broken: bool,
    attempts: usize,
}

impl Board {
    fn break_down(&self) {
        self.0.lock().unwrap().is_broken = true;
    }

    fn announced(&self) -> Vec<GrantId> {
        self.0.lock().unwrap().announced.clone()
    }
}

#[async_trait]
impl Announcer for Board {
    async fn announce(&self, grant: &GrantId) -> Result<(), PortError> {
        let mut kept = self.0.lock().unwrap();
        if kept.is_broken {
            return Err(PortError::unavailable("the board is gone"));
        }
        kept.announced.push(*grant);
        Ok(())
    }

    async fn listen(&self, heard: &(dyn Fn(GrantId) + Send + Sync)) -> Result<(), PortError> {
        let mut seen = 0;
        self.0.lock().unwrap().attempts += 1;
        poll_fn(|_| {
            let kept = self.0.lock().unwrap();
            let news = kept.announced.get(seen..).unwrap_or_default().to_vec();
            let is_broken = kept.is_broken;
            drop(kept);
            seen += news.len();
            news.into_iter().for_each(heard);
            if is_broken {
                Poll::Ready(Err(PortError::unavailable("the board is gone")))
            } else {
                Poll::Pending
            }
        })
        .await
    }
}

fn with(board: &Board) -> Waits {
    Waits::with(|builder| builder.announcer(board.clone()))
}

#[test]
fn a_decision_is_announced_and_nothing_else() -> Test {
    let board = Board::default();
    let waits = with(&board);
    let [approved, denied, reported, revoked, reviewed] = [(); 5].map(|()| waits.tv());
    let alice = waits.server.t.visitor("alice");
    alice.review(&reviewed)?;
    assert_eq!(approved.poll()?, Told::Pending);
    assert!(board.announced().is_empty(), "nobody has decided");
    alice.approve(&approved)?;
    alice.deny(&denied)?;
    alice.report_not_me(&reported)?;
    revoked.cancel()?;
    assert_eq!(approved.poll()?, Told::Tokens);
    let decided = [approved, denied, reported, revoked].map(|tv| tv.grant_id());
    assert_eq!(board.announced(), decided);
    Ok(())
}

#[test]
fn what_another_node_announces_ends_the_wait() -> Test {
    let board = Board::default();
    let waits = with(&board);
    let tv = waits.tv();
    let mut poll = waits.wait(&tv, "wait=30");
    let other = waits.server.again_on(waits.server.store.clone());
    other.visitor("alice").approve(&tv)?;
    assert!(!poll.is_woken());
    let mut context = Context::from_waker(Waker::noop());
    let mut listening = pin!(waits.server.t.grants().listen());
    assert!(listening.as_mut().poll(&mut context).is_pending());
    board.0.lock().unwrap().announced.push(tv.grant_id());
    assert!(listening.as_mut().poll(&mut context).is_pending());
    assert!(poll.is_woken());
    assert_eq!(poll.answer().expect("tokens").status, 200);
    Ok(())
}

#[test]
fn an_announcement_that_is_made_up_costs_a_look() {
    let board = Board::default();
    let waits = with(&board);
    let tv = waits.tv();
    let mut poll = waits.wait(&tv, "wait=30");
    let mut context = Context::from_waker(Waker::noop());
    let mut listening = pin!(waits.server.t.grants().listen());
    let unknown = GrantId::from_bytes([9; 16]);
    board
        .0
        .lock()
        .unwrap()
        .announced
        .extend([unknown, tv.grant_id(), unknown]);
    assert!(listening.as_mut().poll(&mut context).is_pending());
    assert!(poll.is_woken() && poll.answer().is_none());
    assert_eq!(waits.number(), 1);
}

#[test]
fn a_decision_that_cannot_be_announced_stands() -> Test {
    let events = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&events);
    let observer = move |event: &Event| heard.lock().unwrap().push(event.kind.clone());
    let board = Board::default();
    board.break_down();
    let waits = Waits::with(|builder| builder.announcer(board.clone()).observer(observer));
    let tv = waits.tv();
    waits.server.t.visitor("alice").approve(&tv)?;
    assert_eq!(tv.poll()?, Told::Tokens);
    let events = events.lock().unwrap();
    let is_told = |kind: &EventKind| {
        matches!(
            kind,
            EventKind::Fault {
                port: "announcer",
                operation: "announce",
                ..
            }
        )
    };
    assert!(events.iter().any(is_told));
    Ok(())
}

#[test]
fn a_listener_that_fails_is_started_again_after_a_second() {
    let board = Board::default();
    board.break_down();
    let waits = with(&board);
    let mut context = Context::from_waker(Waker::noop());
    let mut listening = pin!(waits.server.t.grants().listen());
    for attempts in 1..4 {
        assert!(listening.as_mut().poll(&mut context).is_pending());
        assert!(listening.as_mut().poll(&mut context).is_pending());
        assert_eq!(board.0.lock().unwrap().attempts, attempts);
        waits.pass(SECOND);
    }
}

/// An announcer whose first connection was cut without an error.
#[derive(Clone, Default)]
struct Cut {
    board: Board,
}

#[async_trait]
impl Announcer for Cut {
    async fn announce(&self, grant: &GrantId) -> Result<(), PortError> {
        self.board.announce(grant).await
    }

    async fn listen(&self, heard: &(dyn Fn(GrantId) + Send + Sync)) -> Result<(), PortError> {
        if self.board.0.lock().unwrap().attempts == 0 {
            self.board.0.lock().unwrap().attempts = 1;
            return pending().await;
        }
        self.board.listen(heard).await
    }
}

#[test]
fn a_listener_that_hears_nothing_any_more_is_replaced() {
    let announcer = Cut::default();
    let waits = Waits::with(|builder| builder.announcer(announcer.clone()));
    let tv = waits.tv();
    let mut context = Context::from_waker(Waker::noop());
    let mut listening = pin!(waits.server.t.grants().listen());
    assert!(listening.as_mut().poll(&mut context).is_pending());
    for minute in 1..=5 {
        assert_eq!(announcer.board.0.lock().unwrap().attempts, 1, "{minute}");
        waits.pass(60 * SECOND);
        assert!(listening.as_mut().poll(&mut context).is_pending());
    }
    assert_eq!(announcer.board.0.lock().unwrap().attempts, 2);
    let poll = waits.wait(&tv, "wait=30");
    announcer
        .board
        .0
        .lock()
        .unwrap()
        .announced
        .push(tv.grant_id());
    assert!(listening.as_mut().poll(&mut context).is_pending());
    assert!(poll.is_woken());
}

/// An announcer that never answers.
struct Stuck;

#[async_trait]
impl Announcer for Stuck {
    async fn announce(&self, _: &GrantId) -> Result<(), PortError> {
        pending().await
    }

    async fn listen(&self, _: &(dyn Fn(GrantId) + Send + Sync)) -> Result<(), PortError> {
        pending().await
    }
}

#[test]
fn an_announcer_that_hangs_is_given_up_like_any_port() {
    let hand = Hand::default();
    let timer = hand.clone();
    let server = Server::with([], |builder| builder.timer(timer).announcer(Stuck));
    let tv = server.t.device("tv").authorize("openid").unwrap();
    let alice = server.t.visitor("alice");
    let review = alice.review(&tv).unwrap();
    let (grants, visitor) = (server.t.grants().clone(), alice.visitor().clone());
    let mut approval =
        pin!(grants.approve(&review.ticket, &visitor, device_grant::Approval::all()));
    let mut context = Context::from_waker(Waker::noop());
    assert!(approval.as_mut().poll(&mut context).is_pending());
    hand.advance(SECOND);
    assert!(approval.as_mut().poll(&mut context).is_pending());
    hand.advance(4 * SECOND);
    assert!(matches!(
        approval.as_mut().poll(&mut context),
        Poll::Ready(Ok(None))
    ));
    assert_eq!(tv.poll(), Ok(Told::Tokens));
}
