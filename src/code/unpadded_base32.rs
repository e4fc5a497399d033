use zeroize::Zeroizing;

/// The alphabet of [RFC 4648 §6](https://www.rfc-editor.org/rfc/rfc4648#section-6), in lower case.
pub(super) const RFC_4648_LOWER: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// Crockford's alphabet.
pub(super) const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Encodes secret bytes without padding, in one allocation and leaving no copy of them behind.
///
/// The crate `base32`, against which the tests hold it, allocates for every call and grows what it writes to, which
/// would free a part of the secret unerased.
pub(super) fn encode(alphabet: &[u8; 32], secret: &[u8]) -> Zeroizing<String> {
    let length = secret.len().saturating_mul(8).div_ceil(5);
    let mut text = Zeroizing::new(String::with_capacity(length.next_multiple_of(8)));
    // Five bytes are eight characters exactly.
    for chunk in secret.chunks(5) {
        let mut five = Zeroizing::new([0; 5]);
        for (to, from) in five.iter_mut().zip(chunk) {
            *to = *from;
        }
        let [a, b, c, d, e] = *five;
        let indices = [
            a >> 3,
            a << 2 | b >> 6,
            b >> 1,
            b << 4 | c >> 4,
            c << 1 | d >> 7,
            d >> 2,
            d << 3 | e >> 5,
            e,
        ];
        for index in indices {
            let symbol = alphabet.get(usize::from(index % 32));
            text.push(char::from(symbol.copied().unwrap_or_default()));
        }
    }
    text.truncate(length);
    text
}
