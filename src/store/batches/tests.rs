use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Wake;

use super::*;

/// A batch that was started, and ends when a test says so.
#[derive(Default)]
struct Gate {
    calls: Vec<u32>,
    is_only: bool,
    state: Mutex<(Option<End>, Option<Waker>)>,
}

#[derive(Clone, Copy)]
enum End {
    Answers,
    Panics,
}

/// The batches that were started, in their order.
#[derive(Clone, Default)]
struct House(Arc<Mutex<Vec<Arc<Gate>>>>);

struct Through(Arc<Gate>);

impl Future for Through {
    type Output = Vec<Option<u32>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = lock(&self.0.state);
        match state.0 {
            None => {
                state.1 = Some(context.waker().clone());
                Poll::Pending
            }
            Some(End::Answers) => {
                // A call that is odd is to be made alone.
                let answer = |call: &u32| call.is_multiple_of(2).then_some(call * 10);
                Poll::Ready(self.0.calls.iter().map(answer).collect())
            }
            Some(End::Panics) => {
                drop(state);
                resume_unwind(Box::new("a driver's fault"))
            }
        }
    }
}

impl Gate {
    fn open(&self, end: End) {
        let waker = {
            let mut state = lock(&self.state);
            state.0 = Some(end);
            state.1.take()
        };
        wake(waker);
    }
}

impl House {
    fn started(&self) -> Vec<Vec<u32>> {
        let gates = lock(&self.0);
        gates.iter().map(|gate| gate.calls.clone()).collect()
    }

    fn gate(&self, number: usize) -> Arc<Gate> {
        Arc::clone(&lock(&self.0)[number])
    }
}

/// Notes that it was woken.
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// A call whose future a test polls by hand.
struct Device<'a> {
    call: u32,
    future: Option<Pin<Box<dyn Future<Output = Option<u32>> + 'a>>>,
    flag: Arc<Flag>,
    answer: Option<Option<u32>>,
}

impl<'a> Device<'a> {
    fn new(batches: &'a Batches<u32, u32>, house: &House, call: u32) -> Self {
        let house = house.clone();
        let start = move |calls: Calls<u32>| {
            let gate = Arc::new(Gate {
                calls: calls.calls,
                is_only: calls.is_only,
                ..Gate::default()
            });
            lock(&house.0).push(Arc::clone(&gate));
            Through(gate)
        };
        Self {
            call,
            future: Some(Box::pin(batches.answer(call, start))),
            flag: Arc::new(Flag(AtomicBool::new(true))),
            answer: None,
        }
    }

    fn poll(&mut self) {
        self.flag.0.store(false, Ordering::SeqCst);
        let Some(future) = &mut self.future else {
            return;
        };
        let waker = Waker::from(Arc::clone(&self.flag));
        let mut context = Context::from_waker(&waker);
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut context))) {
            Ok(Poll::Pending) => {}
            Ok(Poll::Ready(answer)) => {
                self.answer = Some(answer);
                self.future = None;
            }
            Err(_) => self.future = None,
        }
    }

    fn is_woken(&self) -> bool {
        self.future.is_some() && self.flag.0.load(Ordering::SeqCst)
    }
}

/// Polls whoever was woken, until nobody is.
fn settle(devices: &mut [Device<'_>]) {
    while let Some(woken) = devices.iter_mut().find(|device| device.is_woken()) {
        woken.poll();
    }
}

fn batches() -> Batches<u32, u32> {
    Batches::new(2, |one, other| one / 1_000 == other / 1_000)
}

fn devices<'a>(
    batches: &'a Batches<u32, u32>,
    house: &House,
    calls: impl IntoIterator<Item = u32>,
) -> Vec<Device<'a>> {
    let new = |call| Device::new(batches, house, call);
    calls.into_iter().map(new).collect()
}

#[test]
fn calls_start_at_once_until_two_batches_are_under_way_and_then_go_together() {
    let (batches, house) = (batches(), House::default());
    let mut devices = devices(&batches, &house, [0, 2, 4, 6, 8]);
    settle(&mut devices);
    assert_eq!(house.started(), [vec![0], vec![2]]);
    assert!(house.gate(0).is_only, "nothing else was under way");
    assert!(!house.gate(1).is_only);
    house.gate(1).open(End::Answers);
    settle(&mut devices);
    assert_eq!(house.started(), [vec![0], vec![2], vec![4, 6, 8]]);
    house.gate(2).open(End::Answers);
    house.gate(0).open(End::Answers);
    settle(&mut devices);
    for device in &devices {
        assert_eq!(device.answer, Some(Some(device.call * 10)));
    }
}

#[test]
fn a_batch_has_so_many_calls_at_most_and_none_that_does_not_go_with_the_others() {
    let (batches, house) = (batches(), House::default());
    let calls = (0..200).map(|call| if call == 10 { 1_000 } else { call * 2 });
    let mut devices = devices(&batches, &house, calls);
    settle(&mut devices);
    let mut next = 0;
    while next < house.started().len() {
        house.gate(next).open(End::Answers);
        settle(&mut devices);
        next += 1;
    }
    let started = house.started();
    let sizes: Vec<_> = started.iter().map(Vec::len).collect();
    assert_eq!(sizes.iter().sum::<usize>(), 200);
    assert_eq!(sizes.iter().max(), Some(&MOST));
    assert!(started.contains(&vec![1_000]), "{sizes:?}");
    assert!(devices.iter().all(|device| device.answer.is_some()));
}

#[test]
fn a_batch_goes_on_when_the_call_that_polled_it_is_dropped() {
    let (batches, house) = (batches(), House::default());
    let mut devices = devices(&batches, &house, [0, 2, 4, 6, 8]);
    settle(&mut devices);
    house.gate(0).open(End::Answers);
    settle(&mut devices);
    assert_eq!(house.started()[2], [4, 6, 8]);
    devices[2].future = None;
    devices[3].future = None;
    settle(&mut devices);
    house.gate(2).open(End::Answers);
    settle(&mut devices);
    assert_eq!(devices[4].answer, Some(Some(80)));
    assert_eq!(house.started().len(), 3, "nothing was executed twice");
}

#[test]
fn the_calls_of_a_batch_that_panics_are_made_alone() {
    let (batches, house) = (batches(), House::default());
    let mut devices = devices(&batches, &house, [0, 2, 4, 6]);
    settle(&mut devices);
    house.gate(0).open(End::Answers);
    settle(&mut devices);
    house.gate(2).open(End::Panics);
    settle(&mut devices);
    assert_eq!(devices[2].answer, None, "it has the panic");
    assert_eq!(devices[3].answer, Some(None));
}

/// Walks through calls that come, are polled, are dropped, and batches that end, in any order.
#[test]
fn no_call_is_forgotten_whatever_happens_in_between() {
    let mut random: u32 = 1;
    let mut below = |bound: usize| {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        usize::try_from(random >> 8).unwrap() % bound
    };
    for walk in 0..3_000 {
        let (batches, house) = (batches(), House::default());
        let mut all: Vec<Device<'_>> = Vec::new();
        for step in 0..40 {
            match below(8) {
                0..=2 => all.push(Device::new(&batches, &house, step * 500)),
                3..=5 if !all.is_empty() => {
                    let one = below(all.len());
                    if all[one].is_woken() || below(4) == 0 {
                        all[one].poll();
                    }
                }
                6 if !all.is_empty() => {
                    let one = below(all.len());
                    all[one].future = None;
                }
                _ => {
                    let gates = house.started().len();
                    if gates > 0 {
                        let end = if below(9) == 0 {
                            End::Panics
                        } else {
                            End::Answers
                        };
                        house.gate(below(gates)).open(end);
                    }
                }
            }
        }
        settle(&mut all);
        let mut next = 0;
        while next < house.started().len() {
            house.gate(next).open(End::Answers);
            settle(&mut all);
            next += 1;
        }
        for device in &all {
            assert!(device.future.is_none(), "walk {walk}: {}", device.call);
            if let Some(Some(answer)) = device.answer {
                assert_eq!(answer, device.call * 10, "walk {walk}");
            }
        }
        let queue = lock(&batches.queue);
        assert_eq!(queue.under_way, 0, "walk {walk}");
        assert!(queue.waiting.is_empty(), "walk {walk}");
    }
}
