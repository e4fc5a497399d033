use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use device_grant::grant::Timestamp;
use device_grant::host::{Cause, Clock, PortError, Terms, async_trait};
use device_grant::http::{ClientCredentials, ClientDirectory};
use http::Uri;

use crate::address::{document_uri, is_public};
use crate::documents::ClientDocuments;
use crate::web::{Fetched, Shelf, Web};

const TV: &str = "https://tv.example/client.json";

fn directory<W: Web>(web: W) -> ClientDocuments<W> {
    ClientDocuments::new(web, Terms::new("openid".parse().unwrap()))
}

async fn is_client<W: Web>(directory: &ClientDocuments<W>, id: &str) -> Result<bool, PortError> {
    let client = directory.authenticate(&ClientCredentials::new(id)).await?;
    if let Some(client) = &client {
        assert_eq!(client.id.as_str(), id);
    }
    Ok(client.is_some())
}

#[tokio::test]
async fn who_publishes_a_document_is_a_client_without_registering() {
    let directory = directory(Shelf::with_a_television());
    assert!(is_client(&directory, TV).await.unwrap());
    let secret = ClientCredentials::new(TV).with_secret("guess");
    assert!(directory.authenticate(&secret).await.unwrap().is_none());
}

#[test]
fn only_an_address_that_is_written_in_one_way_names_a_document() {
    for id in [TV, "https://a.b.example/x/y?z=1"] {
        assert!(document_uri(id).is_some(), "{id}");
    }
    for id in [
        "tv",
        "http://tv.example/client.json",
        "HTTPS://tv.example/client.json",
        "https://tv.example",
        "https://tv.example/",
        "https://tv.example/a/../client.json",
        "https://tv.example/a/%2E%2e/client.json",
        "https://tv.example/client.json#x",
        "https://user@tv.example/client.json",
        "https://tv.example:8443/client.json",
        "https://localhost/client.json",
        "https://127.0.0.1/client.json",
        "https://[::1]/client.json",
        "file:///etc/passwd",
    ] {
        assert!(document_uri(id).is_none(), "{id}");
    }
}

#[test]
fn no_address_of_a_private_network_is_public() {
    for address in ["93.184.215.14", "1.1.1.1", "2606:4700:4700::1111"] {
        assert!(is_public(address.parse().unwrap()), "{address}");
    }
    for address in [
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2001::1",
        "2001:db8::1",
        "2002:a00:1::1",
        "fc00::1",
        "fe80::1",
        "ff02::1",
    ] {
        assert!(!is_public(address.parse().unwrap()), "{address}");
    }
}

#[tokio::test]
async fn a_host_with_any_private_address_is_not_asked() {
    let mut shelf = Shelf::with_a_television();
    let addresses = shelf.addresses.get_mut("tv.example").unwrap();
    addresses.push([169, 254, 169, 254].into());
    assert!(!is_client(&directory(shelf), TV).await.unwrap());
}

#[tokio::test]
async fn a_document_that_is_wrong_makes_no_client() {
    let good = Shelf::with_a_television().documents[TV].clone();
    let text = String::from_utf8(good.body.clone()).unwrap();
    let with = |from: &str, to: &str| Fetched {
        body: text.replace(from, to).into_bytes(),
        ..good.clone()
    };
    let mut long = good.clone();
    long.body.resize(5 * 1024 + 1, b' ');
    for (what, fetched) in [
        ("of another", with("tv.example", "tv.example.evil.example")),
        ("a secret", with("\"client_name\"", "\"client_secret\"")),
        ("a method", with("\"none\"", "\"client_secret_post\"")),
        ("another grant", with("device_code", "other")),
        ("no JSON", with("{", "")),
        ("too long", long),
        (
            "a redirect",
            Fetched {
                status: 302,
                ..good.clone()
            },
        ),
        (
            "a page",
            Fetched {
                content_type: "text/html".to_owned(),
                ..good.clone()
            },
        ),
    ] {
        let mut shelf = Shelf::with_a_television();
        shelf.documents.insert(TV.to_owned(), fetched);
        assert!(!is_client(&directory(shelf), TV).await.unwrap(), "{what}");
    }
}

/// The shelf, until it has been asked so often.
struct Flaky {
    shelf: Shelf,
    left: AtomicUsize,
}

#[async_trait]
impl Web for Flaky {
    async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, Cause> {
        self.shelf.resolve(host).await
    }

    async fn get(&self, uri: &Uri, address: IpAddr, limit: usize) -> Result<Fetched, Cause> {
        let less = |left: usize| left.checked_sub(1);
        let asked = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        asked.map_err(|_| "the host is away")?;
        self.shelf.get(uri, address, limit).await
    }
}

fn flaky(left: usize) -> ClientDocuments<Flaky> {
    directory(Flaky {
        shelf: Shelf::with_a_television(),
        left: left.into(),
    })
}

/// A clock that stands still unless it is set.
#[derive(Default)]
struct Hand(AtomicI64);

impl Hand {
    fn advance(&self, time: Duration) {
        let micros = i64::try_from(time.as_micros()).unwrap();
        self.0.fetch_add(micros, Ordering::Relaxed);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed))
    }
}

#[tokio::test]
async fn a_document_is_kept_and_stands_in_while_its_host_is_away() {
    let mut directory = flaky(1);
    let clock = Arc::new(Hand::default());
    directory.clock = clock.clone();
    for _ in 0..100 {
        assert!(is_client(&directory, TV).await.unwrap());
    }
    clock.advance(Duration::from_secs(3_600));
    assert!(is_client(&directory, TV).await.unwrap());
    clock.advance(Duration::from_secs(86_400));
    assert!(is_client(&directory, TV).await.unwrap_err().is_retryable());
}

#[tokio::test]
async fn a_host_that_is_away_is_no_reason_to_refuse_for_good() {
    let error = is_client(&flaky(0), TV).await.unwrap_err();
    assert!(error.is_retryable());
}

/// Answers nothing.
struct Silent;

#[async_trait]
impl Web for Silent {
    async fn resolve(&self, _: &str) -> Result<Vec<IpAddr>, Cause> {
        std::future::pending().await
    }

    async fn get(&self, _: &Uri, _: IpAddr, _: usize) -> Result<Fetched, Cause> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_host_that_does_not_answer_is_not_waited_for_without_an_end() {
    let mut directory = directory(Silent);
    directory.patience = Duration::from_millis(50);
    let directory = Arc::new(directory);
    // More than are fetched at a time.
    let devices: Vec<_> = (0..20)
        .map(|number| {
            let directory = Arc::clone(&directory);
            let id = format!("https://tv.example/{number}");
            tokio::spawn(async move { is_client(&directory, &id).await })
        })
        .collect();
    for device in devices {
        assert!(device.await.unwrap().unwrap_err().is_retryable());
    }
}
