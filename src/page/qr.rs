use std::fmt;

use qrcode::{Color, EcLevel, QrCode};

use super::colour::Colour;
use crate::invalid_value::InvalidValue;

/// A QR code, such as of `verification_uri_complete`, for a device's screen.
///
/// Error correction has level M, and the quiet zone has four modules, as
/// [ISO/IEC 18004](https://www.iso.org/standard/83389.html) requires. It is dark on light in both forms, also on dark
/// terminals.
///
/// ```
/// use device_grant::page::Qr;
///
/// let qr = Qr::new("https://id.example/activate?user_code=WDJB-MJHT")?;
/// assert!(qr.svg().starts_with("<svg "));
/// println!("{}", qr.terminal());
/// # Ok::<(), device_grant::InvalidValue>(())
/// ```
#[derive(Clone)]
pub struct Qr {
    size: usize,
    dark: Vec<bool>,
    colour: Colour,
}

const TOO_LONG: InvalidValue = InvalidValue::because("the text is too long for a QR code");

/// Light modules around the code, on each side.
const QUIET: usize = 4;

impl Qr {
    /// A code with this text.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] if the text has more than about 2,300 bytes.
    pub fn new(text: &str) -> Result<Self, InvalidValue> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).map_err(|_| TOO_LONG)?;
        let size = code.width();
        let modules = code.into_colors().into_iter();
        let dark = modules.map(|color| color == Color::Dark).collect();
        Ok(Self {
            size,
            dark,
            colour: Colour::BLACK,
        })
    }

    /// Sets the colour of the dark modules of [`svg`](Self::svg), such as `#0b5c8a`. A light colour
    /// is made darker, to a contrast of 7 with white, so that cameras can read the code across a room. Default: black.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] unless it is written `#rrggbb`.
    pub fn colour(mut self, colour: &str) -> Result<Self, InvalidValue> {
        self.colour = colour.parse::<Colour>()?.readable_by_cameras();
        Ok(self)
    }

    /// Returns an SVG image, for HTML or a file, without a size. Show it at 2.5 cm or more on a phone, and on a
    /// television at a tenth of the distance of the viewer.
    #[must_use]
    pub fn svg(&self) -> String {
        let side = self.side();
        let mut path = String::new();
        for y in 0..self.size {
            let mut x = 0;
            while x < self.size {
                // One rectangle for each run of a row: one for each module makes the image several times as long.
                let run = (x..self.size).take_while(|&x| self.is_dark(x, y)).count();
                if run > 0 {
                    path.push_str(&format!("M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET));
                }
                x += run + 1;
            }
        }
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" fill=\"{}\" shape-rendering=\"crispEdges\">\
             <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\"{path}\"/></svg>",
            self.colour
        )
    }

    /// Returns text for a terminal, with two modules in each character (half blocks). Escape sequences make it black on white,
    /// whatever the colours of the terminal.
    #[must_use]
    pub fn terminal(&self) -> String {
        self.blocks(
            // Black and white of the fixed part of the 256 colours. The themes of terminals change those of the first
            // sixteen.
            "\u{1b}[38;5;16;48;5;231m",
            "\u{1b}[0m",
            [' ', '▀', '▄', '█'],
        )
    }

    /// Returns text for a terminal without colours. The terminal's text has to be light on dark.
    #[must_use]
    pub fn terminal_without_colour(&self) -> String {
        self.blocks("", "", ['█', '▄', '▀', ' '])
    }

    /// Lines of half blocks; the glyphs are for none, the upper, the lower and both modules dark.
    fn blocks(&self, before: &str, after: &str, glyphs: [char; 4]) -> String {
        let [none, upper, lower, both] = glyphs;
        let mut lines = String::new();
        // A side is odd, so the last line has a row beyond the code, which is light.
        for y in (0..self.side()).step_by(2) {
            lines.push_str(before);
            lines.extend(
                (0..self.side()).map(|x| match (self.at(x, y), self.at(x, y + 1)) {
                    (false, false) => none,
                    (true, false) => upper,
                    (false, true) => lower,
                    (true, true) => both,
                }),
            );
            lines.push_str(after);
            lines.push('\n');
        }
        lines
    }

    /// The number of modules of a side, the quiet zone included.
    fn side(&self) -> usize {
        self.size + 2 * QUIET
    }

    /// Returns whether the module is dark, counted from the edge of the quiet zone.
    fn at(&self, x: usize, y: usize) -> bool {
        let (x, y) = (x.checked_sub(QUIET), y.checked_sub(QUIET));
        x.zip(y).is_some_and(|(x, y)| self.is_dark(x, y))
    }

    fn is_dark(&self, x: usize, y: usize) -> bool {
        x < self.size && self.dark.get(y * self.size + x).copied().unwrap_or(false)
    }
}

impl fmt::Debug for Qr {
    /// Without what it holds: that may be a user code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Qr({0} x {0} modules)", self.size)
    }
}
