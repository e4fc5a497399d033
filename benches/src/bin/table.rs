//! Prints the latest results of the benchmarks as a table in Markdown: medians, their spread, and ratios first.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// A median and its median absolute deviation, in nanoseconds.
#[derive(Clone, Copy)]
struct Measured {
    median: f64,
    deviation: f64,
}

const OURS: &str = "device-grant";
const PEER: &str = "oauth-as";

fn main() -> Result<(), Box<dyn Error>> {
    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/criterion");
    println!("| operation | grants or threads | ratio | {OURS} | {PEER} |");
    println!("|---|---:|---:|---:|---:|");
    for group in folders(&results)? {
        let mut rows: BTreeMap<(usize, String), Measured> = BTreeMap::new();
        for name in folders(&group)? {
            for parameter in folders(&name)? {
                if let (Ok(size), Some(measured)) =
                    (file_name(&parameter).parse(), read(&parameter))
                {
                    rows.insert((size, file_name(&name)), measured);
                }
            }
        }
        for ((size, name), ours) in rows.iter().filter(|((_, name), _)| name.starts_with(OURS)) {
            let peer = rows.get(&(*size, PEER.to_owned())).copied();
            let variant = name.trim_start_matches(OURS);
            println!(
                "| {}{variant} | {size} | {} |",
                file_name(&group),
                cells(*ours, peer)
            );
        }
    }
    Ok(())
}

fn cells(ours: Measured, peer: Option<Measured>) -> String {
    let Some(peer) = peer else {
        return format!("| {} |", time(ours));
    };
    let ratio = ours.median / peer.median;
    format!("{ratio:.2} | {} | {}", time(ours), time(peer))
}

fn time(measured: Measured) -> String {
    format!(
        "{:.2} ± {:.2} µs",
        measured.median / 1e3,
        measured.deviation / 1e3
    )
}

fn read(folder: &Path) -> Option<Measured> {
    let text = fs::read_to_string(folder.join("new/estimates.json")).ok()?;
    let estimates: Value = serde_json::from_str(&text).ok()?;
    let estimate = |name: &str| estimates[name]["point_estimate"].as_f64();
    Some(Measured {
        median: estimate("median")?,
        deviation: estimate("median_abs_dev")?,
    })
}

fn folders(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder)? {
        folders.push(entry?.path());
    }
    folders.retain(|path| path.is_dir());
    folders.sort();
    Ok(folders)
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
