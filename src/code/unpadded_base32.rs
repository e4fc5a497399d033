use base32::Alphabet;
use zeroize::Zeroizing;

/// Encodes secret bytes without padding, leaving no copy of them behind.
///
/// `base32::encode` reserves less than it writes for most lengths, and growing would free the first part
/// unerased. Five bytes are eight characters exactly and fit, so the input goes through in fives.
pub(super) fn encode(alphabet: Alphabet, secret: &[u8]) -> Zeroizing<String> {
    let length = secret.len().saturating_mul(8).div_ceil(5);
    let mut text = Zeroizing::new(String::with_capacity(length.next_multiple_of(8)));
    for chunk in secret.chunks(5) {
        let mut five = Zeroizing::new([0; 5]);
        for (to, from) in five.iter_mut().zip(chunk) {
            *to = *from;
        }
        text.push_str(&Zeroizing::new(base32::encode(alphabet, five.as_slice())));
    }
    text.truncate(length);
    text
}
