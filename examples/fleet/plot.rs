use std::fmt::Write;

use crate::plan::Plan;
use crate::report::number;
use crate::tally::{BUCKET, Bucket, Counts};

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 120.0;
const LEFT: f64 = 90.0;
const TOP: f64 = 56.0;
const BETWEEN: f64 = 48.0;
/// A point of a line is the busiest bucket of five minutes.
const BUCKETS_PER_POINT: usize = 30;
const POINTS: usize = 288;

type Value = fn(&Bucket) -> f64;

const STYLE: &str = r#"<style>
text{font:12px system-ui,-apple-system,"Segoe UI",sans-serif;fill:#1f2328}.h{font-weight:600}.s{fill:#57606a}
.g{stroke:#d0d7de}.p{fill:none;stroke:#0969da;stroke-width:1.4}.w{fill:none;stroke:#bc4c00;stroke-width:1.4}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.s{fill:#9198a1}.g{stroke:#3d444d}.p{stroke:#4493f8}.w{stroke:#db6d28}}
</style>
"#;

/// Draws the day of a fleet without and with polls that wait.
pub(crate) fn draw(plan: &Plan, plain: &Counts, waiting: &Counts) -> String {
    let seconds = BUCKET.as_secs_f64();
    let weight = f64::from(plan.one_in);
    let panels: [(&str, Value, f64); 4] = [
        ("polls in a second", |b| b.polls.into(), weight / seconds),
        (
            "calls of store and limiter in a second",
            |b| b.statements().into(),
            weight / seconds,
        ),
        ("live codes", |b| b.live.into(), weight),
        ("letters of the longest new code", longest, 1.0),
    ];
    let height = TOP + 4.0 * (HEIGHT + BETWEEN);
    let width = LEFT + WIDTH + 20.0;
    let devices = number(crate::plan::double(plan.devices));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         role=\"img\" aria-label=\"A day in which {devices} devices sign in\">\n{STYLE}"
    );
    let _ = writeln!(
        svg,
        "<text class=\"h\" x=\"{LEFT}\" y=\"18\">{devices} devices sign in on one day</text>\n\
         <path class=\"p\" d=\"M{LEFT} 32h24\"/><text x=\"{}\" y=\"36\">without Prefer: wait</text>\n\
         <path class=\"w\" d=\"M{} 32h24\"/><text x=\"{}\" y=\"36\">with Prefer: wait</text>",
        LEFT + 30.0,
        LEFT + 200.0,
        LEFT + 230.0
    );
    let mut top = TOP;
    for (title, value, factor) in panels {
        let lines = [plain, waiting].map(|counts| points(&counts.buckets, value, factor));
        panel(&mut svg, top, title, &lines);
        top += HEIGHT + BETWEEN;
    }
    svg.push_str("</svg>\n");
    svg
}

fn longest(bucket: &Bucket) -> f64 {
    f64::from(u32::try_from(bucket.longest).unwrap_or_default())
}

fn points(buckets: &[Bucket], value: Value, factor: f64) -> Vec<f64> {
    let points = buckets.chunks(BUCKETS_PER_POINT).take(POINTS);
    let busiest = |chunk: &[Bucket]| chunk.iter().map(value).fold(0.0, f64::max) * factor;
    points.map(busiest).collect()
}

fn panel(svg: &mut String, top: f64, title: &str, lines: &[Vec<f64>; 2]) {
    let bottom = top + HEIGHT;
    let highest = lines
        .iter()
        .flatten()
        .fold(1.0, |one: f64, two| one.max(*two));
    let _ = writeln!(
        svg,
        "<text class=\"h\" x=\"{LEFT}\" y=\"{}\">{title}</text>",
        top + 2.0
    );
    let top = top + 10.0;
    for (part, y) in [(1.0, top), (0.5, (top + bottom) / 2.0), (0.0, bottom)] {
        let _ = writeln!(
            svg,
            "<path class=\"g\" d=\"M{LEFT} {y}h{WIDTH}\"/><text class=\"s\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>",
            LEFT - 8.0,
            y + 4.0,
            number(highest * part)
        );
    }
    for hour in [0_u32, 6, 12, 18, 24] {
        let x = LEFT + WIDTH * f64::from(hour) / 24.0;
        let _ = writeln!(
            svg,
            "<text class=\"s\" x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{hour}:00</text>",
            bottom + 16.0
        );
    }
    for (line, class) in lines.iter().zip(["p", "w"]) {
        let mut path = String::new();
        let mut x = LEFT;
        for value in line {
            let y = bottom - (bottom - top) * value / highest;
            let command = if path.is_empty() { 'M' } else { 'L' };
            let _ = write!(path, "{command}{x:.1} {y:.1}");
            x += WIDTH / 288.0;
        }
        let _ = writeln!(svg, "<path class=\"{class}\" d=\"{path}\"/>");
    }
}
