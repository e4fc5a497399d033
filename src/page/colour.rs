use std::fmt;
use std::str::FromStr;

use crate::invalid_value::InvalidValue;
use crate::text::{Hex, decode_hex};

const NOT_A_COLOUR: InvalidValue = InvalidValue::because("a colour is written #rrggbb");

/// A colour of the host's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Colour([u8; 3]);

impl Colour {
    pub(super) const BLACK: Self = Self([0; 3]);
    const WHITE: Self = Self([0xff; 3]);
    /// The least contrast of text ([WCAG 2.2, 1.4.3](https://www.w3.org/TR/WCAG22/#contrast-minimum)).
    const LEGIBLE: f64 = 4.5;
    /// The least contrast of what is not text ([WCAG 2.2, 1.4.11](https://www.w3.org/TR/WCAG22/#non-text-contrast)).
    const VISIBLE: f64 = 3.0;

    /// The least contrast of what a camera reads across a room: that of text for people who see little
    /// ([WCAG 2.2, 1.4.6](https://www.w3.org/TR/WCAG22/#contrast-enhanced)).
    const FAR: f64 = 7.0;

    /// The colour of these parts.
    pub(super) const fn rgb(red: u8, green: u8, blue: u8) -> Self {
        Self([red, green, blue])
    }

    /// Black or white: whichever is read better on this colour. One of them always has a contrast of 4.5.
    pub(super) fn text(self) -> Self {
        if self.contrast(Self::WHITE) >= Self::LEGIBLE {
            Self::WHITE
        } else {
            Self::BLACK
        }
    }

    /// This colour, or the nearest to it on the way to black or white that stands out from `ground`.
    pub(super) fn visible_on(self, ground: Self) -> Self {
        let away = ground.text();
        (0..=16_u8)
            .map(|step| self.towards(away, step))
            .find(|colour| colour.contrast(ground) >= Self::VISIBLE)
            .unwrap_or(away)
    }

    /// This colour, or the nearest to it on the way to black that a camera tells from white, from afar and in glare.
    pub(super) fn readable_by_cameras(self) -> Self {
        (0..=16_u8)
            .map(|step| self.towards(Self::BLACK, step))
            .find(|colour| colour.contrast(Self::WHITE) >= Self::FAR)
            .unwrap_or(Self::BLACK)
    }

    /// The colour that many sixteenths of the way to another.
    fn towards(self, other: Self, sixteenths: u8) -> Self {
        let mut parts = self.0;
        for (part, goal) in parts.iter_mut().zip(other.0) {
            let share = u16::from(sixteenths.min(16));
            let mixed = (u16::from(*part) * (16 - share) + u16::from(goal) * share) / 16;
            *part = u8::try_from(mixed).unwrap_or(goal);
        }
        Self(parts)
    }

    fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// Relative luminance, as WCAG 2.2 defines it.
    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        };
        let [red, green, blue] = self.0.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", Hex(&self.0))
    }
}

impl FromStr for Colour {
    type Err = InvalidValue;

    /// Reads `#rrggbb`.
    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let digits = text.strip_prefix('#').map(str::to_ascii_lowercase);
        let parts = digits.and_then(|digits| decode_hex(&digits));
        Ok(Self(parts.ok_or(NOT_A_COLOUR)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every colour in steps of 15.
    fn colours() -> impl Iterator<Item = Colour> {
        let parts = || (0..=255_u8).step_by(15);
        parts().flat_map(move |red| {
            parts().flat_map(move |green| parts().map(move |blue| Colour::rgb(red, green, blue)))
        })
    }

    #[test]
    fn the_extremes_have_the_contrast_of_the_standard() {
        assert!((Colour::BLACK.contrast(Colour::WHITE) - 21.0).abs() < 0.001);
    }

    #[test]
    fn text_on_any_colour_is_legible() {
        for colour in colours() {
            assert!(
                colour.contrast(colour.text()) >= Colour::LEGIBLE,
                "{colour}"
            );
        }
    }

    #[test]
    fn any_colour_can_be_made_visible_on_any_ground() {
        for ground in [Colour::WHITE, Colour::rgb(0x1a, 0x1e, 0x23)] {
            for colour in colours() {
                let visible = colour.visible_on(ground);
                assert!(
                    visible.contrast(ground) >= Colour::VISIBLE,
                    "{colour} on {ground}"
                );
            }
        }
    }

    #[test]
    fn what_is_visible_stays_as_it_is() {
        let colour = Colour::rgb(0x0b, 0x5c, 0x8a);
        assert_eq!(colour.visible_on(Colour::WHITE), colour);
    }

    #[test]
    fn nothing_else_is_a_colour() {
        for text in [
            "", "#", "0b5c8a", "#0b5c8", "#0b5c8aa", "#+b5c8a", "#0b5c8g", "#äöü",
        ] {
            assert!(text.parse::<Colour>().is_err(), "{text}");
        }
    }
}
