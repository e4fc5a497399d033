use zeroize::Zeroizing;

/// The alphabet of RFC 4648 §6, in lower case.
const LOWER: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Encodes secret bytes in lower case without padding, into one allocation, so that no copy of them is left behind.
///
/// The crate `base32` reserves less than it writes unless it gets five bytes at a time: seven allocations for a device code.
pub(super) fn encode(secret: &[u8]) -> Zeroizing<String> {
    let length = secret.len().saturating_mul(8).div_ceil(5);
    let mut text = Zeroizing::new(String::with_capacity(length.next_multiple_of(8)));
    for chunk in secret.chunks(5) {
        // Five bytes are eight symbols; the last ones of a shorter chunk are cut off below.
        let five = chunk.iter().chain(&[0; 5]).take(5);
        let bits = Zeroizing::new(five.fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte)));
        for place in (0..8).rev() {
            let [low, ..] = (*bits >> (5 * place)).to_le_bytes();
            let symbol = LOWER.get(usize::from(low & 31));
            text.push(char::from(symbol.copied().unwrap_or_default()));
        }
    }
    text.truncate(length);
    text
}
