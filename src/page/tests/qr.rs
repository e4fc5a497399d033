use crate::page::Qr;

const LINK: &str = "https://id.example/activate?user_code=WDJB-MJHT";
const QUIET: usize = 4;

/// Finds and reads the code in an image of dark and light modules, each of `scale` pixels.
fn decode(modules: &[Vec<bool>], scale: usize) -> String {
    let (width, height) = (modules[0].len() * scale, modules.len() * scale);
    let grey = |x: usize, y: usize| {
        if modules[y / scale][x / scale] {
            0
        } else {
            255
        }
    };
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, grey);
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1);
    grids[0].decode().unwrap().1
}

/// The rectangles of an SVG path of `M x y h n v 1 h -n z`.
fn svg_modules(svg: &str) -> Vec<Vec<bool>> {
    let side = svg
        .split_once("viewBox=\"0 0 ")
        .unwrap()
        .1
        .split(' ')
        .next()
        .unwrap();
    let side: usize = side.parse().unwrap();
    let mut modules = vec![vec![false; side]; side];
    let path = svg
        .split_once("<path d=\"")
        .unwrap()
        .1
        .split('"')
        .next()
        .unwrap();
    for run in path.split('z').filter(|run| !run.is_empty()) {
        let (x, rest) = run.strip_prefix('M').unwrap().split_once(' ').unwrap();
        let (y, rest) = rest.split_once('h').unwrap();
        let length: usize = rest.split_once('v').unwrap().0.parse().unwrap();
        let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
        modules[y][x..x + length].fill(true);
    }
    modules
}

fn terminal_modules(text: &str, glyphs: &str) -> Vec<Vec<bool>> {
    let glyphs: Vec<char> = glyphs.chars().collect();
    let lines = text.lines().map(|line| {
        let line = line
            .replace("\u{1b}[38;5;16;48;5;231m", "")
            .replace("\u{1b}[0m", "");
        let place = |c| glyphs.iter().position(|&glyph| glyph == c).unwrap();
        let places: Vec<usize> = line.chars().map(place).collect();
        [1, 2].map(|half| places.iter().map(|place| place & half != 0).collect())
    });
    lines.flatten().collect()
}

#[test]
fn the_svg_is_read_by_an_independent_decoder() {
    let svg = Qr::new(LINK).unwrap().svg();
    assert_eq!(decode(&svg_modules(&svg), 4), LINK);
}

#[test]
fn the_terminal_form_is_read_by_an_independent_decoder() {
    let qr = Qr::new(LINK).unwrap();
    let coloured = terminal_modules(&qr.terminal(), " ▀▄█");
    assert_eq!(decode(&coloured, 4), LINK);
    let plain = terminal_modules(&qr.terminal_without_colour(), "█▄▀ ");
    assert_eq!(decode(&plain, 4), LINK);
}

#[test]
fn four_light_modules_surround_the_code() {
    let modules = svg_modules(&Qr::new(LINK).unwrap().svg());
    let side = modules.len();
    let inner = QUIET..side - QUIET;
    for (y, row) in modules.iter().enumerate() {
        for (x, &dark) in row.iter().enumerate() {
            assert!(
                !dark || (inner.contains(&x) && inner.contains(&y)),
                "{x} {y}"
            );
        }
    }
    assert!(
        modules[QUIET][QUIET],
        "the finder pattern begins right after the quiet zone"
    );
}

#[test]
fn a_code_with_a_few_spots_is_still_read() {
    let mut modules = svg_modules(&Qr::new(LINK).unwrap().svg());
    let side = modules.len();
    for offset in 0..6 {
        let (x, y) = (side - QUIET - 3, side - QUIET - 3 - 2 * offset);
        modules[y][x] = !modules[y][x];
    }
    assert_eq!(decode(&modules, 4), LINK);
}

/// The code in the middle of a dark screen, as a camera sees it: `dark` is the grey of its dark modules, and each module is
/// `tenths` of a pixel wide.
fn decode_on_a_screen(modules: &[Vec<bool>], tenths: usize, dark: u8) -> Option<String> {
    let side = modules.len() * tenths / 10;
    let edge = side / 4;
    let grey = |x: usize, y: usize| {
        let module = |at: usize| Some(at.checked_sub(edge)? * 10 / tenths);
        let row = module(y).and_then(|y| modules.get(y));
        match row.zip(module(x)).and_then(|(row, x)| row.get(x)) {
            Some(false) => 255,
            Some(true) => dark,
            None => 0,
        }
    };
    let all = side + 2 * edge;
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(all, all, grey);
    let grids = image.detect_grids();
    Some(grids.first()?.decode().ok()?.1)
}

/// The grey that a camera makes of the colour of the dark modules.
fn grey_of(svg: &str) -> u8 {
    let fill = svg.split_once(" fill=\"#").unwrap().1;
    let part = |at: usize| u32::from_str_radix(fill.get(at..at + 2).unwrap(), 16).unwrap();
    let grey = (299 * part(0) + 587 * part(2) + 114 * part(4)) / 1_000;
    u8::try_from(grey).unwrap()
}

#[test]
fn in_the_colour_of_a_logo_it_is_read_from_a_dark_screen_at_ten_sizes() {
    for colour in ["#000000", "#0b5c8a", "#ffd700", "#ffffff", "#e50914"] {
        let svg = Qr::new(LINK).unwrap().colour(colour).unwrap().svg();
        for tenths in [30, 33, 41, 47, 55, 70, 88, 120, 165, 240] {
            let read = decode_on_a_screen(&svg_modules(&svg), tenths, grey_of(&svg));
            assert_eq!(read.as_deref(), Some(LINK), "{colour}, {tenths}");
        }
    }
}

#[test]
fn a_colour_that_cannot_be_read_is_refused() {
    assert!(Qr::new(LINK).unwrap().colour("blue").is_err());
}

#[test]
fn a_text_that_does_not_fit_is_an_error() {
    assert!(Qr::new(&"x".repeat(2_331)).is_ok());
    assert!(Qr::new(&"x".repeat(2_332)).is_err());
}

#[test]
fn debug_does_not_show_the_text() {
    let qr = format!("{:?}", Qr::new(LINK).unwrap());
    assert!(qr.starts_with("Qr("), "{qr}");
    assert!(!qr.contains("WDJB"), "{qr}");
}
