use super::{answer, authorization, poller, seconds, show, start};
use crate::poller::{PollAnswer, Progress, Step, members::MAX_BODY};

const HTML: &str = "<html>Sign in to the hotel's network</html>";

fn outcome(status: u16, body: &str) -> String {
    let now = start();
    show(&poller(now).answered(&answer((status, body)), now))
}

fn error(status: u16, code: &str) -> String {
    outcome(
        status,
        &format!(r#"{{"error":"{code}","error_description":"why"}}"#),
    )
}

#[test]
fn rfc8628_section_3_5_errors() {
    assert_eq!(error(400, "authorization_pending"), "Pending");
    assert_eq!(error(400, "slow_down"), "SlowDown { interval: 10s }");
    assert_eq!(error(400, "access_denied"), "Denied");
    assert_eq!(error(400, "expired_token"), "Expired");
}

const CONFIRM: (u16, &str) = (
    400,
    r#"{"error":"authorization_pending","confirmation_required":true,"confirmation_tries_left":2}"#,
);

#[test]
fn a_server_may_ask_for_a_confirmation_code() {
    let asked = "ConfirmationRequired { tries_left: Some(2), was_wrong: false }";
    assert_eq!(outcome(CONFIRM.0, CONFIRM.1), asked);
    for required in ["false", "null", "1", "\"true\""] {
        let body =
            format!(r#"{{"error":"authorization_pending","confirmation_required":{required}}}"#);
        assert_eq!(outcome(400, &body), "Pending", "{required}");
    }
    for tries_left in ["-1", "1.5", "\"3\"", "99999999999", "null"] {
        let body = format!(
            r#"{{"error":"authorization_pending","confirmation_required":true,
            "confirmation_tries_left":{tries_left}}}"#
        );
        let unknown = "ConfirmationRequired { tries_left: None, was_wrong: false }";
        assert_eq!(outcome(400, &body), unknown, "{tries_left}");
    }
}

#[test]
fn an_entered_code_is_sent_until_it_was_judged() {
    let now = start();
    let mut poller = poller(now);
    let is_sent =
        |poller: &crate::poller::Poller| poller.form(&[]).ends_with("&confirmation_code=123-456");
    poller.confirm("  ");
    assert_eq!(poller.request().len(), 2);
    poller.confirm(" 123-456\n");
    assert!(!format!("{poller:?}").contains("123-456"));
    poller.failed(now);
    assert!(is_sent(&poller), "after a lost reply");
    poller.answered(&answer((400, r#"{"error":"slow_down"}"#)), now);
    assert!(is_sent(&poller), "after slow_down");
    let wrong = poller.answered(&answer(CONFIRM), now);
    let expected = "ConfirmationRequired { tries_left: Some(2), was_wrong: true }";
    assert_eq!(show(&wrong), expected);
    assert!(!is_sent(&poller), "after it was wrong");
}

/// The answer to a poll that was under way when the code was entered.
#[test]
fn a_code_that_was_not_sent_yet_is_not_called_wrong() {
    let now = start();
    let mut poller = poller(now);
    poller.answered(&answer(CONFIRM), now);
    let sent = poller.form(&[]);
    poller.confirm("123456");
    assert!(!sent.contains("confirmation_code"));
    let kept = show(&poller.answered(&answer(CONFIRM), now));
    assert!(kept.ends_with("was_wrong: false }"), "{kept}");
    assert!(poller.form(&[]).ends_with("&confirmation_code=123456"));
    let fewer = CONFIRM.1.replace("left\":2", "left\":1");
    let wrong = show(&poller.answered(&answer((400, &fewer)), now));
    assert!(wrong.ends_with("was_wrong: true }"), "{wrong}");
    // The same wrong code again, which costs no try.
    poller.confirm("123456");
    for was_wrong in [false, true] {
        let again = show(&poller.answered(&answer((400, &fewer)), now));
        assert!(
            again.ends_with(&format!("was_wrong: {was_wrong} }}")),
            "{again}"
        );
    }
    assert_eq!(poller.request().len(), 2);
}

/// The text is cut after its secrets are blacked out.
#[test]
fn a_long_device_code_in_an_error_is_blacked_out() {
    let code = "c".repeat(300);
    let mut authorization = authorization(600, 5);
    authorization.device_code.clone_from(&code);
    let mut poller = crate::poller::Poller::new(authorization, start());
    let body = format!(r#"{{"error":"bad {code}","error_description":"bad {code}"}}"#);
    let failed = show(&poller.answered(&answer((400, &body)), start()));
    assert!(!failed.contains("ccc"), "{failed}");
}

#[test]
fn vendors_may_choose_another_status() {
    for status in [200, 400, 401, 403, 428, 429, 500, 503] {
        assert_eq!(
            error(status, "authorization_pending"),
            "Pending",
            "{status}"
        );
        assert_eq!(
            error(status, "slow_down"),
            "SlowDown { interval: 10s }",
            "{status}"
        );
        assert_eq!(error(status, "access_denied"), "Denied", "{status}");
        assert_eq!(error(status, "expired_token"), "Expired", "{status}");
    }
}

#[test]
fn vendors_may_choose_another_name() {
    assert_eq!(error(400, "authorization_declined"), "Denied");
    assert_eq!(error(200, "token_expired"), "Expired");
    assert_eq!(error(400, "code_expired"), "Expired");
}

#[test]
fn any_other_error_ends_the_grant() {
    let codes = [
        "invalid_grant",
        "invalid_client",
        "incorrect_device_code",
        "ACCESS_DENIED",
        "x",
    ];
    for code in codes {
        for status in [200, 400, 401, 403, 404] {
            let expected = format!(r#"Failed {{ error: "{code}", description: Some("why") }}"#);
            assert_eq!(error(status, code), expected, "{status}");
        }
    }
    let bare = r#"Failed { error: "invalid_grant", description: None }"#;
    assert_eq!(
        outcome(400, r#"{"error":"invalid_grant","error_description":""}"#),
        bare
    );
}

const RETRY: &str = "Retry { after: 10s }";

#[test]
fn what_says_nothing_is_tried_again() {
    let not_understood = [
        (200, HTML),
        (200, ""),
        (200, "null"),
        (200, "{}"),
        (200, r#"{"access_token":""}"#),
        (200, r#"{"access_token":7}"#),
        (204, ""),
        (302, HTML),
        (400, HTML),
        (400, r#"{"message":"no"}"#),
        (400, r#"{"error":7}"#),
        (400, r#"{"error":""}"#),
        (400, r#"{"access_token":"a"}"#),
        (404, HTML),
        (0, ""),
        (999, ""),
    ];
    for (status, body) in not_understood {
        assert_eq!(outcome(status, body), RETRY, "{status} {body}");
    }
    for (status, body) in [(500, ""), (502, HTML), (503, "{}"), (599, "null")] {
        assert_eq!(outcome(status, body), RETRY, "{status} {body}");
    }
    assert_eq!(outcome(429, HTML), RETRY);
}

#[test]
fn an_endless_answer_says_nothing() {
    let mut body = String::from(super::TOKENS.1);
    body.push_str(&" ".repeat(MAX_BODY - body.len()));
    assert_eq!(outcome(200, &body), "Tokens");
    body.push(' ');
    assert_eq!(outcome(200, &body), RETRY);
}

#[test]
fn an_error_under_408_429_or_5xx_ends_nothing() {
    assert_eq!(error(408, "invalid_request"), RETRY);
    assert_eq!(error(429, "too_many_requests"), RETRY);
    assert_eq!(error(500, "invalid_grant"), RETRY);
    assert_eq!(error(400, "temporarily_unavailable"), RETRY);
    assert_eq!(error(400, "server_error"), RETRY);
}

#[test]
fn every_end_is_final() {
    let now = start();
    let ends = [
        (r#"{"error":"access_denied"}"#, Step::Stopped),
        (r#"{"error":"expired_token"}"#, Step::Expired),
        (r#"{"error":"invalid_grant"}"#, Step::Stopped),
    ];
    for (body, end) in ends {
        let mut poller = poller(now);
        poller.answered(&answer((400, body)), now);
        assert_eq!(poller.next(now), end);
        let after = poller.answered(&answer(super::PENDING), now);
        assert_eq!(show(&after), "Stopped");
        let after = poller.failed(now);
        assert_eq!(show(&after), "Stopped");
        poller.cancel();
        assert_eq!(poller.next(now + seconds(700)), end);
    }
}

#[test]
fn a_cancelled_poller_stops_and_still_hands_over_tokens() {
    let now = start();
    let mut poller = poller(now);
    poller.cancel();
    assert_eq!(poller.next(now), Step::Stopped);
    let late = poller.answered(&answer(super::PENDING), now);
    assert_eq!(show(&late), "Stopped");
    assert_eq!(
        show(&poller.answered(&answer(super::TOKENS), now)),
        "Tokens"
    );
    assert_eq!(poller.next(now), Step::Stopped);
}

#[test]
fn an_answer_that_is_late_still_brings_tokens_but_no_new_poll() {
    let now = start();
    let late = now + seconds(600);
    assert_eq!(
        show(&poller(now).answered(&answer(super::TOKENS), late)),
        "Tokens"
    );
    for body in [super::PENDING, super::SLOW_DOWN, super::OUTAGE] {
        let mut poller = poller(now);
        assert_eq!(show(&poller.answered(&answer(body), late)), "Expired");
        // A clock that goes back revives nothing.
        assert_eq!(poller.next(now), Step::Expired);
    }
}

#[test]
fn codes_that_a_server_quotes_are_blacked_out() {
    let now = start();
    let mut poller = poller(now);
    let filler = "x".repeat(250);
    let body = format!(
        r#"{{"error":"bad GmRhmhcx/&","error_description":"WDJB-MJHT {filler}GmRhmhcx/& \u0007"}}"#
    );
    let answer = PollAnswer {
        status: 400,
        body: body.as_bytes(),
        ..PollAnswer::default()
    };
    let Progress::Failed { error, description } = poller.answered(&answer, now) else {
        panic!("the error is unknown");
    };
    assert_eq!(error, "bad [device_code]");
    let description = description.unwrap();
    assert!(description.starts_with("[user_code] xxx"), "{description}");
    assert!(!description.contains('G'), "{description}");
    assert_eq!(description.chars().count(), 256);
}
