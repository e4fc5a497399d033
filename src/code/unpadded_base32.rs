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
    let mut text = Zeroizing::new(String::with_capacity(length));
    let mut symbol = |five_bits: u16| {
        let symbol = alphabet.get(usize::from(five_bits & 31));
        text.extend(symbol.copied().map(char::from));
    };
    // At most four bits wait for the next byte; those that are shifted out were written.
    let (mut bits, mut waiting) = (0_u16, 0_u32);
    for byte in secret {
        bits = bits << 8 | u16::from(*byte);
        waiting += 8;
        while waiting >= 5 {
            waiting -= 5;
            symbol(bits >> waiting);
        }
    }
    if waiting > 0 {
        symbol(bits << (5 - waiting));
    }
    text
}
