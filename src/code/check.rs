//! The check character: the last character of a code, computed from the others.
//!
//! It detects every single substitution and every transposition of neighbours, for every alphabet size. It costs no codes: each
//! sequence of drawn characters has exactly one check character, which is of the alphabet.
//! (A weighted sum modulo a prime needs either extra symbols or fewer codes; the ISO 7064 hybrids and Luhn's
//! formula miss some transpositions.)
//!
//! Symbols are read as elements of a structure with as many elements as the alphabet has symbols, and the code
//! is right if they multiply to the identity. For an even number of symbols no sum over integers has both properties, so the
//! structure depends on the order `m = 2^k * q`, `q` odd:
//!
//! - `k != 1`: the ring `GF(2^k) x Z_q`. A code's sum is `s = w*s + x`, where `w = (alpha, 2)`. Both `w` and
//!   `w - 1` are units, so a changed symbol changes the sum, and `w*a + b = w*b + a` only when `a = b`.
//! - `k == 1`: the dihedral group of order `2q`, as in Verhoeff's scheme for ten digits. Position `i` holds
//!   `T^i(x)`, where `T` inverts rotations and turns reflections one step on. `T` is a permutation, so a
//!   changed symbol changes the product; `a*T(b) = b*T(a)` only when `a = b`, so no transposition hides.
//!
//! The tests try every substitution and transposition, for every order.

/// The running product of a code's symbols.
#[derive(Clone, Copy, Debug)]
pub(super) struct CheckSum {
    structure: Structure,
    low: u8,
    high: u8,
    position: u8,
}

#[derive(Clone, Copy, Debug)]
enum Structure {
    Ring { bits: u32, odd: u8 },
    Dihedral { half: u8 },
}

impl CheckSum {
    /// Starts a code over an alphabet of `order` symbols, 10 to 62.
    pub(super) fn new(order: u8) -> Self {
        let bits = order.trailing_zeros();
        let structure = if bits == 1 {
            Structure::Dihedral { half: order / 2 }
        } else {
            Structure::Ring {
                bits,
                odd: order.checked_shr(bits).unwrap_or(1).max(1),
            }
        };
        Self {
            structure,
            low: 0,
            high: 0,
            position: 0,
        }
    }

    /// Takes the next symbol, by its index in the alphabet.
    pub(super) fn push(&mut self, index: u8) {
        match self.structure {
            Structure::Ring { bits, odd } => {
                let (low, high) = self.doubled(bits, odd);
                self.low = low ^ (index & low_mask(bits));
                self.high = (high + (index >> bits) % odd) % odd;
            }
            Structure::Dihedral { half } => {
                let (turn, reflects) = (index % half, index / half);
                let image = match (reflects, self.position % 2) {
                    (0, 0) => turn,
                    (0, _) => negated(turn, half),
                    _ => (turn + self.position % half) % half,
                };
                let step = if self.high == 0 {
                    image
                } else {
                    negated(image, half)
                };
                self.low = (self.low + step) % half;
                self.high ^= reflects;
            }
        }
        self.position = self.position.wrapping_add(1);
    }

    /// Returns whether the symbols so far multiply to the identity: a whole, well-typed code.
    pub(super) fn is_whole(&self) -> bool {
        self.low == 0 && self.high == 0
    }

    /// The one symbol that makes the code whole.
    pub(super) fn check_symbol(&self) -> u8 {
        match self.structure {
            Structure::Ring { bits, odd } => {
                let (low, high) = self.doubled(bits, odd);
                low | (negated(high, odd) << bits)
            }
            Structure::Dihedral { half } if self.high == 0 => {
                if self.position.is_multiple_of(2) {
                    negated(self.low, half)
                } else {
                    self.low
                }
            }
            // A reflection is its own inverse; only the turn of its position is taken back.
            Structure::Dihedral { half } => {
                half + (self.low + negated(self.position % half, half)) % half
            }
        }
    }

    /// The sum times `w`: by alpha in the field, by two in the odd part.
    fn doubled(&self, bits: u32, odd: u8) -> (u8, u8) {
        let shifted = self.low << 1;
        let low = if shifted > low_mask(bits) {
            shifted ^ primitive_polynomial(bits)
        } else {
            shifted
        };
        (low, self.high * 2 % odd)
    }
}

fn negated(value: u8, modulus: u8) -> u8 {
    (modulus - value) % modulus
}

fn low_mask(bits: u32) -> u8 {
    (1 << bits) - 1
}

fn primitive_polynomial(bits: u32) -> u8 {
    match bits {
        2 => 0b111,
        3 => 0b1011,
        4 => 0b1_0011,
        5 => 0b10_0101,
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
