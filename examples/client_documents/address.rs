//! The addresses to which a document may lead.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::Uri;

/// The address of a document, if this identifier is one: `https` at a named host and its usual port, with a path, and
/// written in one way only.
pub(crate) fn document_uri(client_id: &str) -> Option<Uri> {
    let uri: Uri = client_id.parse().ok()?;
    let host = uri.host()?;
    // A name, and not an address: that of a certificate, with a dot in it.
    let is_named = host.contains('.') && host.parse::<Ipv4Addr>().is_err() && !host.contains('[');
    let is_bare = uri.authority()?.as_str() == host && !client_id.contains('#');
    let dots = |segment: &str| {
        let segment = segment.to_ascii_lowercase().replace("%2e", ".");
        segment == "." || segment == ".."
    };
    let is_plain = uri.path() != "/" && !uri.path().split('/').any(dots);
    (client_id.starts_with("https://") && is_named && is_bare && is_plain).then_some(uri)
}

/// Returns whether an address is on the Internet, and not of a private network, this machine or something special
/// ([RFC 6890](https://www.rfc-editor.org/rfc/rfc6890)).
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b));
    !is_special && a != 0 && a < 224
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    // Global unicast, without what has addresses of version 4 in it (6to4, Teredo) and what is for documents. Those of
    // NAT64 and mapped ones are outside.
    let is_global = a & 0xe000 == 0x2000;
    is_global && a != 0x2002 && !(a == 0x2001 && (b < 0x200 || b == 0xdb8)) && a != 0x3fff
}
