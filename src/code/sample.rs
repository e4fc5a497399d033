use base32::Alphabet;
use rand::TryRng;
use thiserror::Error;
use zeroize::Zeroizing;

use super::check::CheckSum;
use super::grouping::grouped_length;
use super::user_code_format::Source;
use super::{UserCode, UserCodeFormat};

const BLOCK: usize = 32;

/// A sound generator needs more than three blocks less often than once in 2^100 codes.
const MAX_BLOCKS: usize = 16;

/// Blocked words leave at least half of the codes, give or take the places that a check character adds.
const MAX_DRAWS: usize = 128;

/// No code could be drawn.
#[derive(Debug, Error)]
pub(crate) enum GenerateUserCodeError<E> {
    /// The generator failed.
    #[error("the random number generator failed")]
    Entropy(#[source] E),
    /// The generator answers, but with the same bytes over and over.
    #[error("the random number generator is stuck")]
    Stuck,
}

impl UserCodeFormat {
    /// Draws a code, each that is not blocked with the same probability.
    pub(crate) fn generate<R: TryRng + ?Sized>(
        &self,
        rng: &mut R,
    ) -> Result<UserCode, GenerateUserCodeError<R::Error>> {
        for _ in 0..MAX_DRAWS {
            let mut code = match self.source() {
                Source::Sampled => self.sample(rng)?,
                Source::Base32 => self.encode(rng)?,
            };
            if self.has_check_character() {
                let check = self.check_character(&code);
                code.push(check);
            }
            // After the check character: a word may end in it.
            if !self.blocks(&code) {
                return Ok(UserCode::from_canonical(code));
            }
        }
        Err(GenerateUserCodeError::Stuck)
    }

    fn sample<R: TryRng + ?Sized>(
        &self,
        rng: &mut R,
    ) -> Result<Zeroizing<String>, GenerateUserCodeError<R::Error>> {
        let mut code = self.room();
        for _ in 0..MAX_BLOCKS {
            for &byte in draw(rng)?.iter() {
                if let Some(symbol) = symbol_for(byte, self.symbols()) {
                    code.push(char::from(symbol));
                }
                if code.len() == self.drawn_length() {
                    return Ok(code);
                }
            }
        }
        Err(GenerateUserCodeError::Stuck)
    }

    /// Five random bytes are eight characters; every character is five bits of its own, so a code of any other
    /// length may be cut from a longer one.
    fn encode<R: TryRng + ?Sized>(
        &self,
        rng: &mut R,
    ) -> Result<Zeroizing<String>, GenerateUserCodeError<R::Error>> {
        let block = draw(rng)?;
        let bytes = self.drawn_length().div_ceil(8).saturating_mul(5);
        let secret = block.get(..bytes).unwrap_or(block.as_slice());
        let mut code = self.room();
        // `base32` has room for what five bytes become. With more, it would grow its text, and leave a copy behind.
        for five in secret.chunks(5) {
            let text = Zeroizing::new(base32::encode(Alphabet::Crockford, five));
            let left = self.drawn_length().saturating_sub(code.len());
            code.extend(text.chars().take(left));
        }
        Ok(code)
    }

    /// Room for a code and its dashes: growing would leave a copy behind.
    fn room(&self) -> Zeroizing<String> {
        Zeroizing::new(String::with_capacity(grouped_length(self.length())))
    }

    fn check_character(&self, code: &str) -> char {
        let mut sum = CheckSum::new(self.order());
        for symbol in code.chars() {
            sum.push(self.index_of(symbol));
        }
        let check = usize::from(sum.check_symbol());
        char::from(self.symbols().get(check).copied().unwrap_or_default())
    }
}

/// Maps a random byte to a symbol, so that each symbol has equally many bytes; the rest are drawn again.
pub(super) fn symbol_for(byte: u8, symbols: &[u8]) -> Option<u8> {
    let order = symbols.len().max(1);
    let usable = 256 - 256 % order;
    let byte = usize::from(byte);
    if byte < usable {
        symbols.get(byte % order).copied()
    } else {
        None
    }
}

/// Draws a block. One byte 32 times over is no chance (one in 2^248) but a broken source.
fn draw<R: TryRng + ?Sized>(
    rng: &mut R,
) -> Result<Zeroizing<[u8; BLOCK]>, GenerateUserCodeError<R::Error>> {
    let mut block = Zeroizing::new([0; BLOCK]);
    rng.try_fill_bytes(block.as_mut_slice())
        .map_err(GenerateUserCodeError::Entropy)?;
    let [first, rest @ ..] = &*block;
    if rest.iter().all(|byte| byte == first) {
        return Err(GenerateUserCodeError::Stuck);
    }
    Ok(block)
}
