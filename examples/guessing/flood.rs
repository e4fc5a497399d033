use std::error::Error;
use std::fmt;
use std::net::IpAddr;

use device_grant::device_grants::{AuthorizeError, ReviewError};
use device_grant::grant::{Arrival, Origin};
use device_grant::host::Visitor;

use crate::attack::Crowd;
use crate::plan::{LIFETIME, Plan};
use crate::server::Server;

/// A flood begins after ten minutes.
const BEGINS: u64 = 600;
/// So many seconds after they got it, people enter a code, and after which they try again.
const PAUSE: u64 = 30;
/// The number of answers "try again later" after which a person starts again at the device.
const PATIENCE: u32 = 2;

/// The head of the table.
pub(crate) const HEAD: &str = "\
| requests in a second | wrong codes in a second | codes | longest | honest people | refused a code | delayed | started again | shut out at home | shut out elsewhere |
|---|---|---|---|---|---|---|---|---|---|";
/// One in so many honest people is in another network than their device.
const ONE_ELSEWHERE: u32 = 10;

/// The requests and entries of a crowd in each second.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Flood {
    /// Requests for codes, in the names of two public clients.
    pub(crate) requests: u32,
    /// Wrong codes.
    pub(crate) entries: u32,
}

/// The outcome for the honest people, one each two seconds while the flood lasts and ten minutes before. They give up ten
/// minutes after they began.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct People {
    pub(crate) all: u32,
    /// Their devices got no code.
    pub(crate) refused: u32,
    /// They were told to try again later, and got in.
    pub(crate) delayed: u32,
    /// They asked the device for another code in between, whatever came of it.
    pub(crate) started_again: u32,
    /// They were told so until they gave up, in the network of their device.
    pub(crate) shut_out_at_home: u32,
    /// The same in another network.
    pub(crate) shut_out_elsewhere: u32,
}

/// A row of the table.
pub(crate) struct Row {
    pub(crate) codes: &'static str,
    pub(crate) flood: Flood,
    pub(crate) people: People,
    /// The number of characters that the longest code had that an honest person got.
    pub(crate) longest: usize,
}

/// A code that an honest person is going to enter.
struct Waiting {
    person: u32,
    /// The address of their device.
    home: IpAddr,
    code: String,
    began: u64,
    next_try: u64,
    refusals: u32,
    has_started_again: bool,
}

/// Floods a server whose codes grow, and one whose codes do not, for so many minutes.
pub(crate) fn rows(minutes: u32) -> Result<Vec<Row>, Box<dyn Error>> {
    let [growing, fixed] = Plan::of_floods()?;
    let floods = [(100, 0), (0, 10), (100, 10)];
    let mut rows = Vec::new();
    for (requests, entries) in floods {
        let flood = Flood { requests, entries };
        for plan in [&fixed, &growing] {
            rows.push(simulate(plan, flood, minutes)?);
        }
    }
    Ok(rows)
}

fn simulate(plan: &Plan, flood: Flood, minutes: u32) -> Result<Row, Box<dyn Error>> {
    let ends = BEGINS + u64::from(minutes) * 60;
    let server = Server::new(plan, 1)?;
    let mut row = Row {
        codes: plan.name,
        flood,
        people: People::default(),
        longest: 0,
    };
    let mut waiting = Vec::new();
    futures_executor::block_on(async {
        let mut sent = 0;
        for second in 0..=ends + LIFETIME.as_secs() {
            server.set(second);
            if (BEGINS..ends).contains(&second) {
                sent = flood_once(&server, plan, flood, sent).await?;
            }
            if second < ends && second.is_multiple_of(2) {
                waiting.extend(start(&server, &mut row, second).await?);
            }
            enter(&server, &mut row, &mut waiting, second).await?;
        }
        Ok(row)
    })
}

/// One second of the flood. The crowd enters codes of each length until it is told to stop, then longer ones.
async fn flood_once(
    server: &Server,
    plan: &Plan,
    flood: Flood,
    mut sent: u32,
) -> Result<u32, Box<dyn Error>> {
    for _ in 0..flood.requests {
        sent += 1;
        let [_, high, middle, low] = (sent % 100_000).to_be_bytes();
        let origin = Origin::new().with_ip(IpAddr::from([10, high, middle, low]));
        match server.ask(sent.is_multiple_of(2), origin).await {
            Ok(_) | Err(AuthorizeError::Limited { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let mut lengths = plan.format.lengths();
    let mut length = lengths.next();
    for _ in 0..flood.entries {
        let Some(letters) = length else { break };
        sent += 1;
        let visitor = Crowd::default().visitor(sent);
        let wrong = "Z".repeat(letters);
        match server.grants.review(&wrong, Arrival::Typed, &visitor).await {
            Ok(_) | Err(ReviewError::Unknown) => {}
            Err(ReviewError::TooManyAttempts { .. }) => length = lengths.next(),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(sent)
}

/// The device of an honest person asks for a code.
async fn start(
    server: &Server,
    row: &mut Row,
    second: u64,
) -> Result<Option<Waiting>, Box<dyn Error>> {
    row.people.all += 1;
    let person = row.people.all;
    let [_, high, middle, low] = person.to_be_bytes();
    let home = IpAddr::from([172, 16 + high, middle, low]);
    let Some(code) = draw(server, row, home).await? else {
        row.people.refused += 1;
        return Ok(None);
    };
    Ok(Some(Waiting {
        person,
        home,
        code,
        began: second,
        next_try: second + PAUSE,
        refusals: 0,
        has_started_again: false,
    }))
}

/// The device at `home` gets a code, unless it is refused one.
async fn draw(
    server: &Server,
    row: &mut Row,
    home: IpAddr,
) -> Result<Option<String>, Box<dyn Error>> {
    match server.ask(true, Origin::new().with_ip(home)).await {
        Ok(response) => {
            let code = response.user_code.replace('-', "");
            row.longest = row.longest.max(code.len());
            Ok(Some(code))
        }
        Err(AuthorizeError::Limited { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The people whose turn it is enter their codes.
async fn enter(
    server: &Server,
    row: &mut Row,
    waiting: &mut Vec<Waiting>,
    second: u64,
) -> Result<(), Box<dyn Error>> {
    for mut one in std::mem::take(waiting) {
        if one.next_try > second {
            waiting.push(one);
            continue;
        }
        let is_elsewhere = one.person.is_multiple_of(ONE_ELSEWHERE);
        if one.began + LIFETIME.as_secs() <= second {
            row.people.shut_out_at_home += u32::from(!is_elsewhere);
            row.people.shut_out_elsewhere += u32::from(is_elsewhere);
            continue;
        }
        let name = format!("person {}", one.person);
        let [.., middle, low] = one.person.to_be_bytes();
        let mobile = IpAddr::from([100, 64, middle, low]);
        let address = if is_elsewhere { mobile } else { one.home };
        let visitor = Visitor::new(name)
            .with_session("a browser")
            .with_ip(address);
        let review = server.grants.review(&one.code, Arrival::Typed, &visitor);
        match review.await {
            Ok(_) => row.people.delayed += u32::from(second > one.began + PAUSE),
            Err(ReviewError::TooManyAttempts { .. }) => {
                one.next_try = second + PAUSE;
                one.refusals += 1;
                if one.refusals.is_multiple_of(PATIENCE) {
                    row.people.started_again += u32::from(!one.has_started_again);
                    one.has_started_again = true;
                    let another = draw(server, row, one.home).await?;
                    one.code = another.unwrap_or(one.code);
                }
                waiting.push(one);
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// As a row of a Markdown table.
impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Flood { requests, entries } = self.flood;
        let People {
            all,
            refused,
            delayed,
            started_again,
            shut_out_at_home,
            shut_out_elsewhere,
        } = self.people;
        write!(
            f,
            "| {requests} | {entries} | {} | {} | {all} | {refused} | {delayed} | {started_again} | {shut_out_at_home} | {shut_out_elsewhere} |",
            self.codes, self.longest,
        )
    }
}
