use std::future::poll_fn;
use std::sync::Mutex;
use std::task::Poll;

use async_trait::async_trait;
use tokio::task::LocalSet;

use super::*;
use crate::host::Paced;
use crate::sql::{Driver, DriverError, Statement};

/// The outcome of a batch in the database.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Mood {
    Answers,
    /// It leaves out every second grant.
    AnswersSome,
    /// One column cannot be read, of the first grant.
    IsDamaged,
    /// It fails because of the first grant.
    Refuses,
    IsAway,
}

/// Notes the ids of each statement, and answers to all of them at the next turn.
struct Fake {
    mood: Mood,
    statements: Mutex<Vec<Vec<u8>>>,
}

#[async_trait]
impl Driver for Arc<Fake> {
    async fn query(&self, statement: Statement) -> Result<Vec<Vec<Value>>, DriverError> {
        let Value::Bytes(Some(ids)) = &statement.values[1] else {
            panic!("{statement:?}")
        };
        let ids: Vec<u8> = ids.chunks(16).map(|id| id[0]).collect();
        self.statements.lock().unwrap().push(ids.clone());
        later().await;
        match self.mood {
            Mood::IsAway => return Err(DriverError::unreachable("away")),
            Mood::Refuses if ids.contains(&1) => {
                return Err(DriverError::refused("22003", "out of range"));
            }
            Mood::Answers | Mood::AnswersSome | Mood::IsDamaged | Mood::Refuses => {}
        }
        let is_left_out =
            |id: &u8| self.mood == Mood::AnswersSome && ids.len() > 1 && id.is_multiple_of(2);
        let rows = ids.iter().filter(|id| !is_left_out(id));
        Ok(rows.map(|id| self.row(*id)).collect())
    }

    async fn execute(&self, _: Statement) -> Result<u64, DriverError> {
        panic!("a poll has an answer")
    }

    async fn script(&self, _: &str) -> Result<(), DriverError> {
        panic!("a poll is a statement")
    }
}

impl Fake {
    fn row(&self, id: u8) -> Vec<Value> {
        let is_damaged = self.mood == Mood::IsDamaged && id == 1;
        let number = |number| Value::Integer(Some(number));
        let text = |text: &str| Value::Bytes(Some(text.into()));
        let mut row = vec![Value::Bytes(Some(vec![id; 16])), number(id.into())];
        row.extend([Value::Bytes(None), text("https://as.example"), text("tv")]);
        row.extend([Value::Bytes(None), number(if is_damaged { 7 } else { 1 })]);
        row.extend([number(0), number(900), number(1_000), text("{}"), number(1)]);
        row.extend([number(5), number(1)]);
        row
    }
}

/// Lets the others have their turn.
async fn later() {
    let mut is_later = false;
    poll_fn(|context| {
        if std::mem::replace(&mut is_later, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Polls the grants 1 to 60 at once; returns the answers, and the ids of each statement.
fn at_once(mood: Mood, change: impl Fn(&mut PollRecord)) -> (Vec<Answer>, Vec<Vec<u8>>) {
    let fake = Arc::new(Fake {
        mood,
        statements: Mutex::default(),
    });
    let polls = Polls::new(Database::postgres(Arc::clone(&fake)), None);
    let polls = Arc::new(polls);
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let here = LocalSet::new();
    let running = (1..=60).map(|number| {
        let polls = Arc::clone(&polls);
        let mut poll = PollRecord::new(GrantId::from_bytes([number; 16]));
        change(&mut poll);
        here.spawn_local(async move { polls.record(&poll).await })
    });
    let running: Vec<_> = running.collect();
    let answers = here.block_on(&runtime.unwrap(), async {
        let mut answers = Vec::new();
        for poll in running {
            answers.push(poll.await.unwrap());
        }
        answers
    });
    let statements = std::mem::take(&mut *fake.statements.lock().unwrap());
    (answers, statements)
}

fn assert_accepted(answer: &Answer, number: usize) {
    let row = answer.as_ref().unwrap().as_ref().unwrap();
    assert_eq!(usize::from(row.id.as_bytes()[0]), number + 1);
    assert_eq!(row.paced, Some(Paced::Accepted), "{number}");
}

#[test]
fn sixty_polls_at_once_are_three_statements() {
    let (answers, statements) = at_once(Mood::Answers, |_| {});
    let rest: Vec<u8> = (3..=60).collect();
    assert_eq!(statements, [vec![1], vec![2], rest]);
    for (number, answer) in answers.iter().enumerate() {
        assert_accepted(answer, number);
    }
}

#[test]
fn polls_that_are_judged_by_other_numbers_are_another_statement() {
    let (answers, statements) = at_once(Mood::Answers, |poll| {
        if poll.id.as_bytes()[0] > 30 {
            poll.longest = 40;
        }
    });
    let [some, others] = [3..=30, 31..=60].map(|ids| ids.collect::<Vec<u8>>());
    assert_eq!(statements, [vec![1], vec![2], some, others]);
    assert!(answers.iter().all(Result::is_ok));
}

#[test]
fn what_a_batch_leaves_out_is_asked_for_alone() {
    let (answers, statements) = at_once(Mood::AnswersSome, |_| {});
    for (number, answer) in answers.iter().enumerate() {
        assert_accepted(answer, number);
    }
    let mut alone: Vec<_> = statements.into_iter().skip(3).flatten().collect();
    alone.sort_unstable();
    let left_out: Vec<u8> = (4..=60).step_by(2).collect();
    assert_eq!(alone, left_out);
}

#[test]
fn a_damaged_row_is_the_failure_of_its_poll_alone() {
    for mood in [Mood::IsDamaged, Mood::Refuses] {
        // The damaged one in the middle of a batch.
        let turned = |poll: &mut PollRecord| {
            let number = poll.id.as_bytes()[0];
            poll.id = GrantId::from_bytes([(number + 30) % 60 + 1; 16]);
        };
        let (answers, _) = at_once(mood, turned);
        let failed = answers.iter().filter(|answer| answer.is_err()).count();
        assert_eq!(failed, 1, "{mood:?}");
        assert!(
            !answers[29].as_ref().unwrap_err().is_retryable(),
            "{mood:?}"
        );
    }
}

#[test]
fn a_failure_that_passes_is_told_to_each_and_not_asked_for_again() {
    let (answers, statements) = at_once(Mood::IsAway, |_| {});
    assert_eq!(statements.len(), 3);
    for answer in answers {
        let error = answer.unwrap_err();
        assert!(error.is_retryable());
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains("cannot be reached"), "{source}");
    }
}
