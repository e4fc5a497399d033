use std::collections::VecDeque;
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::super::sqlx::pool::PoolConnection;
use super::super::sqlx::{Error, PgConnection, PgPool, Postgres};

/// Lends the connections of the host's pool.
///
/// A pool asks every connection that comes back for a sign of life, which takes as long as a poll does. So while
/// calls wait, a connection goes from one straight to the next. At most [`LOANS`] times in a row: then whoever
/// waits at the pool itself, such as the host, has a turn.
///
/// A few calls at a time ask the pool, and the others stand behind them. One who asks is never interrupted, as the
/// pool may be connecting for it.
pub(super) struct Lender {
    pool: PgPool,
    queue: Mutex<Queue>,
}

/// A connection for one call. Dropped, it goes back to the pool, which looks after it.
pub(super) struct Loan {
    connection: PoolConnection<Postgres>,
    loans: u32,
}

/// The number of calls in a row that use a connection.
const LOANS: u32 = 32;

/// The number of calls that ask the pool at a time.
const ASKING: usize = 4;

#[derive(Default)]
struct Queue {
    asking: usize,
    waiting: VecDeque<Arc<Waiter>>,
    /// The number of calls that have ever waited.
    tickets: u64,
}

struct Waiter {
    ticket: u64,
    turn: Mutex<Turn>,
}

enum Turn {
    Waits(Option<Waker>),
    Asks,
    Has(Loan),
    /// Who asked before it came waited in vain.
    TimedOut,
    Taken,
}

impl Lender {
    pub(super) fn new(pool: PgPool) -> Self {
        Self {
            pool,
            queue: Mutex::default(),
        }
    }

    pub(super) fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// A connection, within twice the pool's `acquire_timeout`.
    pub(super) async fn lend(&self) -> Result<Loan, Error> {
        let asking = match self.join() {
            Ok(asking) => asking,
            Err(waiter) => match self.turn(waiter).await {
                Turn::Has(loan) => return Ok(loan),
                Turn::TimedOut => return Err(Error::PoolTimedOut),
                Turn::Asks | Turn::Waits(_) | Turn::Taken => self.asking(),
            },
        };
        let connection = self.pool.acquire().await;
        // Those behind it have waited as long: let them fail now, not after a timeout of their own.
        if matches!(connection, Err(Error::PoolTimedOut)) {
            self.time_out(asking.since);
        }
        drop(asking);
        Ok(Loan {
            connection: connection?,
            loans: 1,
        })
    }

    /// Takes back a connection that works, and gives it to who waits longest.
    pub(super) fn give_back(&self, mut loan: Loan) {
        // Dropped here, the connection returns to the pool, where the host's own queries wait.
        if loan.loans >= LOANS || self.pool.is_closed() {
            return;
        }
        loan.loans += 1;
        let mut turn = Turn::Has(loan);
        while let Some(next) = self.next() {
            match next.give(turn) {
                Ok(()) => return,
                Err(refused) => turn = refused,
            }
        }
    }

    /// Joins those who ask, or else waits behind them.
    fn join(&self) -> Result<Asking<'_>, Arc<Waiter>> {
        let mut queue = self.queue();
        if queue.asking < ASKING {
            queue.asking += 1;
            return Ok(Asking {
                lender: self,
                since: queue.tickets,
            });
        }
        queue.tickets += 1;
        let waiter = Arc::new(Waiter {
            ticket: queue.tickets,
            turn: Mutex::new(Turn::Waits(None)),
        });
        queue.waiting.push_back(Arc::clone(&waiter));
        Err(waiter)
    }

    /// The turn of one who stopped asking, which is now this one's.
    fn asking(&self) -> Asking<'_> {
        Asking {
            lender: self,
            since: self.queue().tickets,
        }
    }

    async fn turn(&self, waiter: Arc<Waiter>) -> Turn {
        Waiting {
            lender: self,
            waiter,
        }
        .await
    }

    /// Who has waited since before `since` has waited as long as one who asked since then.
    fn time_out(&self, since: u64) {
        let mut queue = self.queue();
        let late = queue
            .waiting
            .partition_point(|waiter| waiter.ticket <= since);
        let late: Vec<_> = queue.waiting.drain(..late).collect();
        drop(queue);
        for waiter in late {
            // One who has gone since need not be told.
            let _ = waiter.give(Turn::TimedOut);
        }
    }

    /// Lets the next one ask.
    fn asked(&self) {
        while let Some(next) = self.next_to_ask() {
            if next.give(Turn::Asks).is_ok() {
                return;
            }
        }
    }

    fn next_to_ask(&self) -> Option<Arc<Waiter>> {
        let mut queue = self.queue();
        let next = queue.waiting.pop_front();
        if next.is_none() {
            queue.asking = queue.asking.saturating_sub(1);
        }
        next
    }

    fn next(&self) -> Option<Arc<Waiter>> {
        self.queue().waiting.pop_front()
    }

    fn leave(&self, waiter: &Arc<Waiter>) {
        let mut queue = self.queue();
        queue.waiting.retain(|other| !Arc::ptr_eq(other, waiter));
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        lock(&self.queue)
    }
}

impl Loan {
    pub(super) fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}

impl Waiter {
    /// Gives it its turn, or back what nobody waits for here any more.
    fn give(&self, given: Turn) -> Result<(), Turn> {
        let mut turn = lock(&self.turn);
        // The waiter was dropped or served meanwhile: the caller passes the turn on to the next one.
        if !matches!(*turn, Turn::Waits(_)) {
            return Err(given);
        }
        let before = mem::replace(&mut *turn, given);
        drop(turn);
        if let Turn::Waits(Some(waker)) = before {
            waker.wake();
        }
        Ok(())
    }
}

/// One of those who ask the pool, for as long as it lives.
struct Asking<'a> {
    lender: &'a Lender,
    /// The number of calls that had ever waited when it began.
    since: u64,
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.lender.asked();
    }
}

/// Resolves to its turn. Who stops waiting passes on what it was given meanwhile.
struct Waiting<'a> {
    lender: &'a Lender,
    waiter: Arc<Waiter>,
}

impl Future for Waiting<'_> {
    type Output = Turn;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Turn> {
        let mut turn = lock(&self.waiter.turn);
        if let Turn::Waits(waker) = &mut *turn {
            *waker = Some(context.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(mem::replace(&mut turn, Turn::Taken))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let turn = mem::replace(&mut *lock(&self.waiter.turn), Turn::Taken);
        match turn {
            Turn::Waits(_) => self.lender.leave(&self.waiter),
            Turn::Has(loan) => self.lender.give_back(loan),
            // A turn to ask that is dropped unused would otherwise leave all others waiting.
            Turn::Asks => self.lender.asked(),
            Turn::TimedOut | Turn::Taken => {}
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
