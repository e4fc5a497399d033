use super::*;
use crate::grant::Pacing;
use crate::host::Pace;

/// The rows of layout 1, for all time: [`rows`], whose calls were 0x2a2a, inserted at [`at`] and replaced.
const LAYOUT_1: [&[u8]; 3] = [
    b"\x01\x00\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00D\xaa \x01\x02\x03\x04\
      \x05\x06\x07\x08**\x02\x80\x06\x0a$\x18 \"@\x80\x06\x0a$;\xe3h@\x80\x06\x0a%\x12w\x0c@\x00\x00\x00\
      \x12\x00\x00\x00\x02https://as.exampletv{\"v\":1,\"r\":{}}",
    b"\x01\x00\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00D\xaa \x01\x02\x03\x04\
      \x05\x06\x07\x08**\x03\x80\x06\x0a$\x18 \"@\x80\x06\x0a$;\xe3h@\x80\x06\x0a%\x12w\x0c@\x00\x00\x00\
      \x12\x00\x00\x00\x02\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\
      https://as.exampletv{\"v\":1,\"r\":{}}",
    b"\x01\x00\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00D\xaa \x11\x12\x13\x14\
      \x15\x16\x17\x18**\x05\x80\x06\x0a$\x18 \"@\x80\x06\x0a$;\xe3h@\x80\x06\x0a90Nl@\x00\x00\x00\x12\x00\
      \x00\x00\x02\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\
      https://as.exampletv\x00\x00\x00\x05alice{\"v\":1,\"r\":{},\"s\"\
      :{\"approved\":{}}}",
];

const REVISION_AND_CALL: std::ops::Range<usize> = 22..32;

fn at() -> Timestamp {
    Timestamp::from_micros(1_700_000_000_123_456)
}

fn plain() -> NewRow {
    NewRow {
        id: GrantId::from_bytes([1; 16]),
        revision: 0x0102_0304_0506_0708,
        user_code: None,
        issuer: "https://as.example".into(),
        client_id: "tv".into(),
        lifetime: Duration::from_secs(600),
        retention: Duration::from_secs(3_600),
        pace: Pace::new(5, Pacing::default().due_after(5)),
        body: br#"{"v":1,"r":{}}"#[..].into(),
    }
}

/// The rows, each as it reads and as it is written.
fn rows() -> [(Row, Vec<u8>); 3] {
    let coded = NewRow {
        user_code: Some(UserCodeDigest::from_bytes([7; 16])),
        ..plain()
    };
    let [plain, coded] = [plain(), coded].map(|new| (new.at(at()), inserted(&new)));
    let approval = Replacement {
        id: coded.0.id,
        expected: coded.0.revision,
        revision: 0x1112_1314_1516_1718,
        subject: Some("alice".into()),
        is_pending: false,
        forget_at: coded.0.forget_at + Duration::from_secs(86_400),
        body: br#"{"v":1,"r":{},"s":{"approved":{}}}"#[..].into(),
    };
    let mut approved = coded.clone();
    approved.0.apply(&approval);
    approved.1 = written_over(&coded.1, &approval);
    [plain, coded, approved].map(|(row, mut bytes)| {
        bytes[30..32].fill(0x2a);
        (row, bytes)
    })
}

/// As `insert.lua` puts it together.
fn inserted(row: &NewRow) -> Vec<u8> {
    let [head, rest, _] = new(row);
    let Row {
        issued_at,
        expires_at,
        forget_at,
        ..
    } = row.at(at());
    let times = [issued_at, expires_at, forget_at].map(time).concat();
    [head, times, rest].concat()
}

/// As `replace.lua` puts it together, for a row that has a user code.
fn written_over(row: &[u8], replacement: &Replacement) -> Vec<u8> {
    let [revision, flags, forget_at, tail] = replaced(replacement);
    let kept = 57..65 + 16 + "https://as.example".len() + "tv".len();
    let mut next = row[..33].to_vec();
    next[REVISION_AND_CALL].copy_from_slice(&revision);
    next[32] = flags[0] | USER_CODE;
    next.extend(&row[33..49]);
    next.extend(forget_at);
    next.extend(&row[kept]);
    next.extend(tail);
    next
}

#[test]
fn what_layout_1_was_written_as_is_read() {
    for ((row, _), bytes) in rows().into_iter().zip(LAYOUT_1) {
        assert_eq!(read(row.id, bytes, at()).ok(), Some(row));
    }
}

#[test]
fn what_layout_1_is_written_as_never_changes() {
    for ((_, bytes), expected) in rows().iter().zip(LAYOUT_1) {
        assert_eq!(bytes, expected, "{}", bytes.escape_ascii());
    }
}
