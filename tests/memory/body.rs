//! The memory that a connection takes while its body arrives.

use std::convert::Infallible;
use std::future::{Future, ready};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use device_grant::DeviceGrants;
use device_grant::host::{Client, Redemption, Terms, issuer_fn};
use device_grant::http::{ClientIpSource, ClientRegistry, DeviceGrantLayer, Endpoints, Routed};
use device_grant::message::TokenResponse;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use tower::{Layer, Service, service_fn};

use super::{ALLOCATOR, alone};

/// The most that the layer reads of a body.
const LIMIT: usize = 64 * 1024;

/// The memory that a request takes besides its body: its head, its answer, a grant.
const BESIDES: usize = 8 * 1024;

/// A body of `length` bytes in pieces, each allocated on its own, as it would come from a socket.
#[derive(Clone, Copy)]
struct Pieces {
    begun: &'static [u8],
    left: usize,
    size: usize,
    is_announced: bool,
    /// True if it stays open after its last piece.
    stalls: bool,
}

impl Pieces {
    /// Fills a body up to the limit with separators, which mean nothing.
    fn filling(begun: &'static str, size: usize) -> Self {
        Self {
            begun: begun.as_bytes(),
            left: LIMIT,
            size,
            is_announced: false,
            stalls: false,
        }
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let size = self.size.min(self.left);
        if size == 0 {
            return if self.stalls {
                Poll::Pending
            } else {
                Poll::Ready(None)
            };
        }
        let (own, rest) = self.begun.split_at(size.min(self.begun.len()));
        let mut piece = own.to_vec();
        piece.resize(size, b'&');
        self.begun = rest;
        self.left -= size;
        Poll::Ready(Some(Ok(Frame::data(piece.into()))))
    }

    fn size_hint(&self) -> SizeHint {
        if self.is_announced {
            SizeHint::with_exact(self.left.try_into().unwrap())
        } else {
            SizeHint::new()
        }
    }
}

/// For the service behind the layer, which gets the bytes of a request that is passed on.
impl From<Bytes> for Pieces {
    fn from(bytes: Bytes) -> Self {
        let mut body = Self::filling("", bytes.len());
        body.left = bytes.len();
        body
    }
}

fn layer() -> DeviceGrantLayer {
    let issuer = issuer_fn(|_: Redemption| async {
        Ok(TokenResponse::bearer("token", Duration::from_secs(60)))
    });
    let grants = DeviceGrants::builder("https://id.example", issuer)
        .verification_uri("https://id.example/activate")
        .in_memory()
        .build()
        .unwrap();
    let tv = Client::new("tv").device_grant(Terms::new("openid".parse().unwrap()));
    let endpoints = Endpoints::new(grants, ClientRegistry::new().public(tv));
    DeviceGrantLayer::new(endpoints, ClientIpSource::unknown())
}

fn request(path: &str, body: Pieces) -> Request<Pieces> {
    Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
        .unwrap()
}

/// The answer, or `None` where it waits for more, and the most bytes that it took at a time.
fn measured<T>(future: impl Future<Output = T>) -> (Option<T>, usize) {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let output = match future.as_mut().poll(&mut context) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    };
    (output, ALLOCATOR.peak_usage() - before)
}

/// The cost of a body in such pieces at each way in: status, if it is whole, and bytes.
fn costs(path: &str, body: Pieces) -> Vec<(Option<u16>, usize)> {
    let layer = layer();
    // What is set up once is not a connection's.
    drop(measured(
        layer.answer(request(path, Pieces::filling("", LIMIT))),
    ));
    let (answer, bare) = measured(layer.answer(request(path, body)));
    let bare = (answer.map(status_of), bare);
    let own = service_fn(|_: Request<Pieces>| {
        let passed_on = Response::builder().status(418);
        ready(passed_on.body(Bytes::new()))
    });
    let mut service = layer.layer(own);
    let (answer, layered) = measured(service.call(request(path, body)));
    let status = answer.map(|answer| answer.unwrap().status().as_u16());
    vec![bare, (status, layered)]
}

fn status_of<B>(answer: Routed<B>) -> u16 {
    match answer {
        Routed::Answered(response) => response.status().as_u16(),
        Routed::NotOurs(_) => 418,
    }
}

#[test]
fn a_body_costs_at_most_twice_the_limit_however_it_is_cut() {
    let _alone = alone();
    let mut report = String::new();
    let mut worst = 0;
    for (path, begun, whole) in [
        ("/device_authorization", "client_id=tv&", 200),
        ("/token", "grant_type=refresh_token&refresh_token=x&", 418),
    ] {
        for size in [1, 2, 7, 1000, LIMIT] {
            for is_announced in [false, true] {
                for stalls in [false, true] {
                    let body = Pieces {
                        is_announced,
                        stalls,
                        ..Pieces::filling(begun, size)
                    };
                    for (status, bytes) in costs(path, body) {
                        let expected = (!stalls).then_some(whole);
                        assert_eq!(status, expected, "{path}, pieces of {size}");
                        report += &format!(
                            "{path}, pieces of {size}, announced: {is_announced}, stalls: {stalls}: {bytes}\n"
                        );
                        worst = worst.max(bytes);
                    }
                }
            }
        }
    }
    assert!(worst <= 2 * LIMIT + BESIDES, "{worst} bytes:\n{report}");
}

#[test]
fn what_is_announced_costs_nothing_before_it_is_there() {
    let _alone = alone();
    for path in ["/device_authorization", "/token"] {
        let mut body = Pieces::filling("client_id=tv", 12);
        body.left = 12;
        body.stalls = true;
        let (answer, bytes) = measured(layer().answer(request(path, body)));
        assert!(answer.is_none());
        assert!(bytes <= BESIDES, "{path}: {bytes} bytes");
    }
}
