//! A node of the authorization server, as each of the processes is one.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use device_grant::DeviceGrants;
use device_grant::code::CodeKeys;
use device_grant::host::{Client, IssueError, Redemption, Terms, TokenIssuer, Visitor};
use device_grant::message::TokenResponse;
use device_grant::testing::Unlimited;

use crate::kind::Kind;
use crate::line::{Line, now};

pub(crate) const ISSUER: &str = "https://as.example";

/// For how long an attempt may take. Whom a killed process held up waits that long.
pub(crate) const LEASE: Duration = Duration::from_secs(2);

/// For how long a response may be asked for once more, where it may.
const REDELIVERY: Duration = Duration::from_secs(120);

pub(crate) async fn node(kind: Kind, way: &str, redelivery: bool) -> DeviceGrants {
    let keys = CodeKeys::from_base64("bm90IGEgc2VjcmV0OiBmb3IgdGVzdHMgb2Ygc3RvcmVzLi4");
    let builder = DeviceGrants::builder(ISSUER, Issuer::new())
        .verification_uri("https://as.example/activate")
        .limiter(Unlimited)
        .keys(keys.expect("a key"))
        .lease(LEASE);
    let builder = if redelivery {
        builder.redelivery(REDELIVERY)
    } else {
        builder
    };
    let builder = kind.furnish(builder, way).await;
    builder.build().expect("good settings")
}

pub(crate) fn tv() -> Client {
    Client::new("tv").device_grant(Terms::new("openid".parse().expect("a scope")))
}

pub(crate) fn alice() -> Visitor {
    Visitor::new("alice").with_session("laptop")
}

/// Takes a while, and fails in one of ten calls.
struct Issuer {
    calls: AtomicU64,
}

impl Issuer {
    fn new() -> Self {
        // Each process fails at other calls.
        let seed = u64::from(std::process::id()) ^ now().cast_unsigned();
        Self {
            calls: AtomicU64::new(seed),
        }
    }

    fn fails(&self) -> bool {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        // Bits that look random, of a number that only counts.
        let mixed = (call ^ (call >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 32 < (1 << 32) / 10
    }
}

#[async_trait]
impl TokenIssuer for Issuer {
    async fn issue(&self, redemption: &Redemption) -> Result<TokenResponse, IssueError> {
        let attempt = redemption.attempt.to_string();
        if redemption.is_redelivery {
            Line::Redelivery.say();
        } else {
            let (grant, attempt) = (redemption.grant.id.to_string(), attempt.clone());
            Line::Attempt { grant, attempt }.say();
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
        if self.fails() {
            Line::IssuerFailed.say();
            return Err(IssueError::unavailable("one call in ten fails"));
        }
        Ok(TokenResponse::bearer(attempt, Duration::from_secs(3_600)))
    }

    async fn discard(&self, _redemption: &Redemption, _tokens: TokenResponse) {
        Line::Discard.say();
    }
}
