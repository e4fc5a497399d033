use zeroize::Zeroizing;

/// An alphabet of base 32: the symbols of the values 0 to 31.
pub(super) type Alphabet = [u8; 32];

/// The alphabet of RFC 4648 §6, in lower case.
pub(super) const LOWER: &Alphabet = b"abcdefghijklmnopqrstuvwxyz234567";

/// Crockford's alphabet.
pub(super) const CROCKFORD: &Alphabet = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Encodes secret bytes without padding, into one allocation, so that no copy of them is left behind.
pub(super) fn encode(alphabet: &Alphabet, secret: &[u8]) -> Zeroizing<String> {
    let length = secret.len().saturating_mul(8).div_ceil(5);
    let mut text = Zeroizing::new(String::with_capacity(length.next_multiple_of(8)));
    for chunk in secret.chunks(5) {
        // Five bytes are eight symbols; the last ones of a shorter chunk are cut off below.
        let five = chunk.iter().chain(&[0; 5]).take(5);
        let bits = Zeroizing::new(five.fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte)));
        for place in (0..8).rev() {
            let [low, ..] = (*bits >> (5 * place)).to_le_bytes();
            let symbol = alphabet.get(usize::from(low & 31));
            text.push(char::from(symbol.copied().unwrap_or_default()));
        }
    }
    text.truncate(length);
    text
}
