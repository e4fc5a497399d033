use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::grant::{Place, Reviewer, SessionDigest, Subject};

/// An end user who has signed in to your server interactively, in a browser session, and visits the
/// verification page.
///
/// Never create one for an API token: its holder could then sign in a device that stays signed in after the token expires.
///
/// ```
/// use std::net::IpAddr;
/// use device_grant::host::Visitor;
///
/// let ip: IpAddr = [198, 51, 100, 4].into();
/// let visitor = Visitor::new("alice").with_session("the session's identifier").with_ip(ip);
/// assert_eq!(visitor.subject().as_str(), "alice");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Visitor {
    /// The place of the visitor, as far as your server knows it.
    pub place: Place,
    reviewer: Reviewer,
    sources: Vec<Source>,
}

impl Visitor {
    /// The largest number of sources of a visitor: 4.
    pub const MAX_SOURCES: usize = 4;

    /// A visitor who is signed in as `subject`. An empty text names nobody: a review then returns a
    /// [`Fault`](crate::Fault).
    #[must_use]
    pub fn new(subject: impl Into<Subject>) -> Self {
        Self {
            reviewer: Reviewer::new(subject, None),
            sources: Vec::new(),
            place: Place::new(),
        }
    }

    /// Sets the identifier of the browser session, to which the review is bound. Only a digest of it is stored.
    #[must_use]
    pub fn with_session(mut self, id: &str) -> Self {
        self.reviewer.session = Some(SessionDigest::of(id));
        self
    }

    /// Adds the visitor's address: wrong user codes count for it, as well as for the account. At most [`Self::MAX_SOURCES`]
    /// addresses and other sources are kept.
    ///
    /// An IPv4 address counts alone, because its neighbours belong to other customers. A customer gets a whole IPv6 network, so an
    /// IPv6 address counts for its /64, its /56 and its /48, whose quotas are one, four and sixteen times that of a source. So
    /// a customer with a /56 gets four times as many tries as one with a /64, not 256 times. An IPv6 address that a translator
    /// made of an IPv4 address counts as that IPv4 address.
    #[must_use]
    pub fn with_ip(self, ip: IpAddr) -> Self {
        self.from(Source::Address(ip))
    }

    /// Adds another source that you can name, such as a tenant: wrong user codes count for it as for an address.
    #[must_use]
    pub fn with_source(self, name: impl Into<String>) -> Self {
        self.from(Source::Named(name.into()))
    }

    fn from(mut self, source: Source) -> Self {
        // Each source is up to three keys, all of which one call of the limiter has to judge.
        if self.sources.len() < Self::MAX_SOURCES {
            self.sources.push(source);
        }
        self
    }

    /// Sets the place of the visitor, for a policy that [compares it](super::ApprovalContext::is_same_country) with the place of
    /// the device.
    #[must_use]
    pub fn with_place(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    /// Returns the account of the visitor.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.reviewer.subject
    }

    /// The account and its session.
    pub(crate) fn reviewer(&self) -> &Reviewer {
        &self.reviewer
    }

    /// The sources that wrong entries are charged to.
    pub(crate) fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The first address among the sources.
    pub(crate) fn ip(&self) -> Option<IpAddr> {
        self.addresses().next()
    }

    /// The addresses among the sources.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.sources.iter().filter_map(|source| match source {
            Source::Address(ip) => Some(*ip),
            Source::Named(_) => None,
        })
    }
}

/// A source to which an attempt is charged.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Source {
    /// An IP address.
    Address(IpAddr),
    /// Anything else that the host can name.
    Named(String),
}

impl From<IpAddr> for Source {
    fn from(ip: IpAddr) -> Self {
        Self::Address(ip)
    }
}

impl Source {
    /// Calls `charge` with each name that an attempt from here is charged under, the narrowest first, and the multiple of
    /// a source's quota that it has.
    pub(crate) fn each_name(&self, mut charge: impl FnMut(fmt::Arguments<'_>, u32)) {
        match self {
            Self::Named(name) => charge(format_args!("named:{name}"), 1),
            Self::Address(ip) => match network(*ip) {
                IpAddr::V4(v4) => charge(format_args!("ip:{v4}"), 1),
                IpAddr::V6(v6) => {
                    for (bits, times) in [(64, 1), (56, 4), (48, 16)] {
                        charge(format_args!("ip:{}/{bits}", first_bits(v6, bits)), times);
                    }
                }
            },
        }
    }
}

/// The network of this many bits that the address is in.
fn first_bits(v6: Ipv6Addr, bits: u32) -> Ipv6Addr {
    let mask = u128::MAX.checked_shl(u128::BITS - bits).unwrap_or(0);
    Ipv6Addr::from_bits(v6.to_bits() & mask)
}

/// The customer whose address it is: one customer has an IPv4 address, or a whole /64.
///
/// An IPv4 address is one in IPv6 clothes too, also behind a translator
/// ([RFC 6052 §2.1](https://www.rfc-editor.org/rfc/rfc6052#section-2.1)): all of IPv4 is in the /64 of its prefix.
pub(crate) fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(v6) => match v6.octets() {
            [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d] => [a, b, c, d].into(),
            _ => first_bits(v6, 64).into(),
        },
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// The network of a household, an office or a campus that the address is in: a /24 of IPv4, a /48 of IPv6.
pub(super) fn neighbourhood(ip: IpAddr) -> IpAddr {
    match network(ip) {
        IpAddr::V4(v4) => Ipv4Addr::from_bits(v4.to_bits() & (u32::MAX << 8)).into(),
        IpAddr::V6(v6) => first_bits(v6, 48).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charged(ip: &str) -> Vec<(String, u32)> {
        let mut names = Vec::new();
        let source = Source::from(ip.parse::<IpAddr>().unwrap());
        source.each_name(|name, times| names.push((name.to_string(), times)));
        names
    }

    #[test]
    fn an_ipv6_address_is_charged_by_the_networks_that_customers_get() {
        let names = charged("2001:db8:1:2345::6");
        let expected = [
            ("ip:2001:db8:1:2345::/64".to_owned(), 1),
            ("ip:2001:db8:1:2300::/56".to_owned(), 4),
            ("ip:2001:db8:1::/48".to_owned(), 16),
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn neighbours_are_charged_apart_and_the_addresses_of_one_customer_together() {
        assert_eq!(charged("2001:db8::1"), charged("2001:db8::2"));
        assert_ne!(charged("2001:db8:0:1::1")[0], charged("2001:db8:0:2::1")[0]);
        assert_ne!(charged("64:ff9b::192.0.2.1"), charged("64:ff9b::192.0.2.2"));
    }

    #[test]
    fn an_ipv4_address_is_charged_alone_in_whatever_form_it_comes() {
        for ip in ["192.0.2.1", "::ffff:192.0.2.1", "64:ff9b::192.0.2.1"] {
            assert_eq!(charged(ip), [("ip:192.0.2.1".to_owned(), 1)], "{ip}");
        }
    }

    #[test]
    fn the_networks_of_one_address_are_told_apart_where_their_bits_are_zero() {
        let names = charged("2001:db8::1");
        assert_ne!(names[0].0, names[1].0);
        assert_ne!(names[1].0, names[2].0);
    }

    #[test]
    fn a_visitor_cannot_bring_sources_without_end() {
        let visitor = (0..100).fold(Visitor::new("alice"), |visitor, n| {
            visitor.with_source(n.to_string())
        });
        assert_eq!(visitor.sources().len(), Visitor::MAX_SOURCES);
    }
}
