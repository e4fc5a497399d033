//! A review that is opened again: its visitor is shown what became of it, and nobody else is.

use std::time::Duration;

use device_grant::device_grants::{Builder, DecisionError, Review, ReviewTicket, Revisit};
use device_grant::host::Ruling;
use device_grant::testing::{
    Checkpoint, EndUser, Poll, Ran, Script, ScriptedPolicy, WaitingDevice, block_on,
};

use super::{SECOND, Server, Test};

const WINDOW: Duration = Duration::from_secs(60);
const MICRO: Duration = Duration::from_micros(1);

/// A device whose request alice reviews.
struct Stage {
    server: Server,
    policy: ScriptedPolicy,
    device: WaitingDevice,
    alice: EndUser,
    review: Review,
}

impl Stage {
    fn new() -> Self {
        Self::with(|builder| builder)
    }

    fn with(configure: impl FnOnce(Builder) -> Builder) -> Self {
        let policy = ScriptedPolicy::new();
        let server = Server::with([], |builder| configure(builder.policy(policy.clone())));
        let device = server.t.device("tv").authorize("openid").unwrap();
        let alice = server.t.visitor("alice").session("laptop");
        let review = alice.review(&device).unwrap();
        Self {
            server,
            policy,
            device,
            alice,
            review,
        }
    }

    fn approve(&self) {
        self.alice.approve(&self.review).unwrap();
    }

    fn approve_unconfirmed(&self) {
        self.policy.rule(Checkpoint::Approval, Ruling::Confirm);
        self.approve();
    }

    /// Names the page that a visitor with this ticket and this code is shown.
    fn shown(&self, visitor: &EndUser, ticket: &ReviewTicket, code: &str) -> &'static str {
        let grants = self.server.t.grants();
        match block_on(grants.revisit(ticket, code, visitor.visitor())) {
            Ran::Done(Ok(Revisit::Open(_))) => "open",
            Ran::Done(Ok(Revisit::Approved(_))) => "approved",
            Ran::Done(Ok(Revisit::Redeemed(_))) => "redeemed",
            Ran::Done(Ok(Revisit::Withdrawn(_))) => "withdrawn",
            Ran::Done(Ok(Revisit::Unconfirmed(_))) => "unconfirmed",
            Ran::Done(Ok(Revisit::Denied)) => "denied",
            Ran::Done(Ok(Revisit::ReportedNotMe)) => "reported",
            Ran::Done(Err(DecisionError::Refused)) => "nothing",
            other @ (Ran::Done(_) | Ran::Hung | Ran::Panicked(_)) => panic!("{other:?}"),
        }
    }

    /// Names the page that a visitor with the ticket and the code of the review is shown.
    fn shown_to(&self, visitor: &EndUser) -> &'static str {
        self.shown(visitor, &self.review.ticket, self.device.user_code())
    }
}

/// Takes a review to an end.
type End = fn(&Stage);

/// The ends of a review, each with the name of the page that its visitor is shown then.
const ENDS: [(&str, End); 8] = [
    ("open", |_| {}),
    ("approved", Stage::approve),
    ("approved", |stage| {
        stage.approve();
        stage.server.issuer.then(Script::Hang);
        assert_eq!(stage.device.poll(), Ok(Poll::Hung));
    }),
    ("redeemed", |stage| {
        stage.approve();
        assert_eq!(stage.device.poll(), Ok(Poll::Tokens));
    }),
    ("withdrawn", |stage| {
        stage.approve();
        let _ = stage.server.t.revoke(&stage.device.grant_id()).unwrap();
    }),
    ("unconfirmed", Stage::approve_unconfirmed),
    ("denied", |stage| stage.alice.deny(&stage.review).unwrap()),
    ("reported", |stage| {
        stage.alice.report_not_me(&stage.review).unwrap();
    }),
];

#[test]
fn a_visitor_is_shown_what_became_of_their_review() {
    for (expected, end) in ENDS {
        let stage = Stage::new();
        end(&stage);
        assert_eq!(stage.shown_to(&stage.alice), expected);
    }
}

#[test]
fn no_other_account_is_shown_what_became_of_a_review() {
    for (end, take) in ENDS {
        let stage = Stage::new();
        take(&stage);
        let other = stage.server.t.visitor("bob").session("laptop");
        assert_eq!(stage.shown_to(&other), "nothing", "{end}");
    }
}

/// A host may renew a session while a page is open whose button undoes the approval.
#[test]
fn another_session_of_the_account_is_shown_only_an_approval_that_has_nothing_left_to_decide() {
    for (end, take) in ENDS {
        let stage = Stage::new();
        take(&stage);
        let alice = || stage.server.t.visitor("alice");
        let is_over = ["redeemed", "withdrawn"].contains(&end);
        let expected = if is_over { end } else { "nothing" };
        for other in [alice().session("phone"), alice()] {
            assert_eq!(stage.shown_to(&other), expected, "{end}");
        }
    }
}

/// A ticket of the same grant, with the random part of another review.
#[test]
fn a_ticket_of_another_review_shows_nothing() -> Test {
    for (end, take) in ENDS {
        let stage = Stage::new();
        take(&stage);
        let radio = stage.server.t.device("radio").authorize("openid")?;
        let other = stage.alice.review(&radio)?.ticket.expose();
        let (_, nonce) = other.split_once('.').unwrap();
        let ticket: ReviewTicket = format!("{}.{nonce}", stage.review.grant.id).parse()?;
        let code = stage.device.user_code();
        let shown = stage.shown(&stage.alice, &ticket, code);
        assert_eq!(shown, "nothing", "{end}");
    }
    Ok(())
}

#[test]
fn the_code_of_another_device_shows_nothing() -> Test {
    for (end, take) in ENDS {
        let stage = Stage::new();
        take(&stage);
        let other = stage.server.t.device("radio").authorize("openid")?;
        let shown = stage.shown(&stage.alice, &stage.review.ticket, other.user_code());
        assert_eq!(shown, "nothing", "{end}");
    }
    Ok(())
}

#[test]
fn an_approval_is_shown_until_its_end_and_not_from_then_on() {
    let approvals: [(&str, End); 2] = [
        ("approved", Stage::approve),
        ("unconfirmed", Stage::approve_unconfirmed),
    ];
    for (shown, approve) in approvals {
        let stage = Stage::with(|builder| builder.redemption_window(WINDOW));
        stage.server.t.advance(SECOND);
        approve(&stage);
        stage.server.t.advance(WINDOW - MICRO);
        let before = stage.shown_to(&stage.alice);
        stage.server.t.advance(MICRO);
        assert_eq!((before, stage.shown_to(&stage.alice)), (shown, "nothing"));
    }
}
