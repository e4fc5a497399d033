use device_grant::testing::Poll;

use super::{INTERVAL, LIFETIME, MILLI, SECOND, Server, Test, client, plain_error, wire};

#[test]
fn the_first_poll_is_free_and_so_is_its_twin() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    assert_eq!(tv.poll()?, Poll::Pending);
    server.t.advance(300 * MILLI);
    assert_eq!(tv.poll()?, Poll::Pending);
    assert_eq!(tv.poll()?, Poll::SlowDown { interval: 10 });
    assert_eq!(server.t.events().names(), ["authorized", "slowed_down"]);
    Ok(())
}

#[test]
fn slow_down_names_the_interval_twice_on_the_wire() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    assert_eq!(tv.poll()?, Poll::Pending);
    server.t.advance(SECOND);
    assert_eq!(tv.poll()?, Poll::SlowDown { interval: 10 });
    let mut slow_down = plain_error("slow_down");
    slow_down["interval"] = 10.into();
    assert_eq!(wire(&tv), (400, Some("10".to_owned()), slow_down));
    Ok(())
}

#[test]
fn a_client_that_keeps_the_interval_is_never_slowed() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    for _ in 0..100 {
        assert_eq!(tv.poll()?, Poll::Pending, "at {}", server.t.now());
        server.t.advance(INTERVAL - 500 * MILLI);
    }
    Ok(())
}

#[test]
fn a_client_that_ignores_slow_down_still_gets_its_accepted_polls() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    let mut answers = Vec::new();
    for _ in 0..16 {
        answers.push(tv.poll()?);
        server.t.advance(SECOND + 500 * MILLI);
    }
    let slowed =
        [10, 15, 20, 25, 30, 35, 40, 45, 50, 55].map(|interval| Poll::SlowDown { interval });
    let accepted = [Poll::Pending; 6];
    let (pending, slow_down): (Vec<Poll>, Vec<Poll>) =
        answers.into_iter().partition(|poll| *poll == Poll::Pending);
    assert_eq!(
        (pending.as_slice(), slow_down.as_slice()),
        (&accepted[..], &slowed[..])
    );
    Ok(())
}

#[test]
fn only_pending_answers_are_paced() -> Test {
    for decide in ["approve", "deny", "expire"] {
        let server = Server::new([]);
        let tv = server.t.device("tv").authorize("")?;
        for _ in 0..10 {
            let _ = tv.poll()?;
        }
        let alice = server.t.visitor("alice");
        let expected = match decide {
            "approve" => {
                alice.approve(&tv)?;
                Poll::Tokens
            }
            "deny" => {
                alice.deny(&tv)?;
                Poll::Denied
            }
            _ => {
                server.t.advance(LIFETIME);
                Poll::Expired
            }
        };
        assert_eq!(tv.poll()?, expected);
    }
    Ok(())
}

#[test]
fn a_clock_set_back_slows_nobody_and_revives_nothing() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    assert_eq!(tv.poll()?, Poll::Pending);
    server.t.clock().set_back(60 * SECOND);
    assert_eq!(tv.poll()?, Poll::Pending);
    server.t.visitor("alice").deny(&tv)?;
    server.t.clock().set_back(60 * SECOND);
    assert_eq!(tv.poll()?, Poll::Denied);
    Ok(())
}

#[test]
fn a_foreign_client_does_not_slow_the_rightful_one_down() -> Test {
    let server = Server::new([]);
    let tv = server.t.device("tv").authorize("")?;
    for _ in 0..10 {
        assert_eq!(tv.poll_as(&client("radio"))?, Poll::InvalidGrant);
    }
    assert_eq!(tv.poll()?, Poll::Pending);
    server.t.advance(INTERVAL);
    assert_eq!(tv.poll()?, Poll::Pending);
    Ok(())
}
