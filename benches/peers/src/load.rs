//! Sends the bodies of its standard input as POST requests, one a line, and prints the answers' bodies.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};

use lexopt::prelude::*;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpSocket, TcpStream};

const HELP: &str = "\
Usage: load --address ADDR --path PATH [--type TYPE] [--per-address N] < BODIES

Sends each line as a POST request, one after the other on a connection that stays open. Every N requests [default: 50] the
connection is another one, from another address: a server may limit the requests of each. The bodies of the answers
are written to the standard output, one a line, and the number of answers with each status to the standard error.
";

struct Arguments {
    address: SocketAddr,
    path: String,
    content_type: String,
    per_address: usize,
}

type Failure = Box<dyn Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let Some(arguments) = Arguments::parse()? else {
        print!("{HELP}");
        return Ok(());
    };
    let bodies = std::io::read_to_string(std::io::stdin())?;
    let bodies: Vec<&str> = bodies.lines().collect();
    let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
    let mut output = std::io::stdout().lock();
    for (number, some) in bodies.chunks(arguments.per_address).enumerate() {
        let mut connection = arguments.connect(number).await?;
        for body in some {
            let (status, answer) = arguments.send(&mut connection, body).await?;
            *statuses.entry(status).or_default() += 1;
            writeln!(output, "{}", answer.replace('\n', " "))?;
        }
    }
    eprintln!("{statuses:?}");
    Ok(())
}

impl Arguments {
    fn parse() -> Result<Option<Self>, lexopt::Error> {
        let (mut address, mut path) = (None, None);
        let mut content_type = "application/x-www-form-urlencoded".to_owned();
        let mut per_address = 50;
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("address") => address = Some(parser.value()?.parse()?),
                Long("path") => path = Some(parser.value()?.string()?),
                Long("type") => content_type = parser.value()?.string()?,
                Long("per-address") => per_address = parser.value()?.parse()?,
                Long("help") | Short('h') => return Ok(None),
                Short(_) | Long(_) | Value(_) => return Err(argument.unexpected()),
            }
        }
        Ok(Some(Self {
            address: address.ok_or("--address is missing")?,
            path: path.ok_or("--path is missing")?,
            content_type,
            per_address,
        }))
    }

    async fn connect(&self, number: usize) -> Result<BufReader<TcpStream>, Failure> {
        let socket = TcpSocket::new_v4()?;
        let own = Ipv4Addr::from_bits(u32::from_be_bytes([127, 1, 0, 1]) + u32::try_from(number)?);
        socket.bind((own, 0).into())?;
        let stream = socket.connect(self.address).await?;
        stream.set_nodelay(true)?;
        Ok(BufReader::new(stream))
    }

    async fn send(
        &self,
        connection: &mut BufReader<TcpStream>,
        body: &str,
    ) -> Result<(u16, String), Failure> {
        let request = format!(
            "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n{body}",
            self.path,
            self.address,
            self.content_type,
            body.len()
        );
        connection.get_mut().write_all(request.as_bytes()).await?;
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if connection.read_line(&mut line).await? == 0 {
                return Err("the server closed the connection".into());
            }
            if line == "\r\n" {
                break;
            }
            head.push(line.trim_end().to_ascii_lowercase());
        }
        let status = head.first().and_then(|line| line.split(' ').nth(1));
        let status = status.ok_or("this is no answer")?.parse()?;
        let header = |name: &str| head.iter().find_map(|line| line.strip_prefix(name));
        let answer = match header("content-length:") {
            Some(length) => read(connection, length.trim().parse()?).await?,
            None => chunked(connection).await?,
        };
        Ok((status, String::from_utf8(answer)?))
    }
}

async fn read(connection: &mut BufReader<TcpStream>, length: usize) -> Result<Vec<u8>, Failure> {
    let mut body = vec![0; length];
    connection.read_exact(&mut body).await?;
    Ok(body)
}

async fn chunked(connection: &mut BufReader<TcpStream>) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        connection.read_line(&mut line).await?;
        let length = usize::from_str_radix(line.trim(), 16)?;
        body.extend(read(connection, length).await?);
        read(connection, 2).await?;
        if length == 0 {
            return Ok(body);
        }
    }
}
