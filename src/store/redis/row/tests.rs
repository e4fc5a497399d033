use super::*;
use crate::grant::{Access, Issuance};

/// What layout 1 was written as, for all time: [`rows`], of which no poll is known, and whose call was 0x2a2a.
const LAYOUT_1: [&[u8]; 3] = [
    b"\x01\x00\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x00\x01\x02\x03\x04\x05\x06\x07\x08**\x11\x80\
      \x06\n$\x18 \"@\x80\x06\n$;\xe3h@\x80\x06\n%\x12w\x0c@\x00\x00\x00\x05\x00\x00\x00\x02tv{\"v\":1,\"f\
      \":{\"i\":\"\",\"r\":{}}",
    b"\x01\x00\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x00\x01\x02\x03\x04\x05\x06\x07\x08**\x1f\x80\
      \x06\n$\x18 \"@\x80\x06\n$;\xe3h@\x80\x06\n%\x12w\x0c@\x00\x00\x00\x05\x07\x07\x07\x07\x07\x07\x07\
      \x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\
      \x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\x08\
      \x08\x08\x08\x08\x08\x08\x08\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\x00\x00\
      \x00\x02tv{\"v\":1,\"f\":{\"i\":\"https://as.example\",\"r\":{\"s\":\"openid\"}}",
    b"\x01\x00\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x00\x01\x02\x03\x04\x05\x06\x07\x08**\x00\x80\
      \x06\n$\x18 \"@\x80\x06\n$;\xe3h@\x80\x06\n%\x12w\x0c@\x00\x00\x00\x05\x00\x00\x00\x02tv{\"v\":1,\"f\
      \":{\"i\":\"\",\"r\":{}},\"s\":{\"revoked\":{\"t\":1700000000123456}}}",
];

fn rows() -> [Stored; 3] {
    let id = GrantId::from_bytes([1; 16]);
    let at = Timestamp::from_micros(1_700_000_000_123_456);
    let mut bound = Issuance::new(id, "tv", at);
    bound.issuer = "https://as.example".into();
    bound.user_code = Some(UserCodeDigest::from_bytes([7; 32]));
    bound.holder.key_thumbprint = Some(KeyThumbprint::from_bytes([8; 32]));
    bound.holder.pkce_challenge = Some(PkceChallenge::from_bytes([9; 32]));
    bound.requested = Access::new("openid".parse().unwrap());
    let plain = Issuance::new(id, "tv", at);
    let revoked = Grant::issue(plain.clone()).revoke(at).unwrap();
    [Grant::issue(plain), Grant::issue(bound), revoked]
        .map(|grant| Stored::new(grant, Revision::from_u64(0x0102_0304_0506_0708)))
}

#[test]
fn what_layout_1_was_written_as_is_read() {
    for (stored, row) in rows().into_iter().zip(LAYOUT_1) {
        assert_eq!(read(stored.grant.id(), row).ok(), Some(stored));
    }
}

#[test]
fn what_layout_1_is_written_as_never_changes() {
    for (stored, expected) in rows().iter().zip(LAYOUT_1) {
        let mut row = new(stored);
        row[22..24].copy_from_slice(&[0x2a; 2]);
        assert_eq!(row, expected, "{}", row.escape_ascii());
    }
}

#[test]
fn a_pending_record_ends_as_goes_without_saying() {
    let [plain, _, revoked] = rows();
    let ends_so = |stored: &Stored| stored.grant.to_record_beside_columns().ends_with(END);
    assert!(ends_so(&plain) && !ends_so(&revoked));
}
