//! The files of this repository.

use std::fs;
use std::path::{Path, PathBuf};

/// A text file: its path from the root of the repository, with `/`, and what it holds.
pub(crate) struct TextFile {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl TextFile {
    /// The names in the path, without the file's own.
    pub(crate) fn folders(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.path.split('/').collect();
        names.pop();
        names
    }

    /// The file's name without its extension.
    pub(crate) fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap();
        name.split_once('.').map_or(name, |(stem, _)| stem)
    }

    /// Returns whether the file is Rust, by its name.
    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Returns whether the file is only for tests: `tests.rs`, or below a folder `tests`.
    pub(crate) fn is_test(&self) -> bool {
        self.stem() == "tests" || self.folders().contains(&"tests")
    }
}

/// The file at a path from the root.
pub(crate) fn file(path: &str) -> TextFile {
    let text = fs::read_to_string(root().join(path))
        .unwrap_or_else(|error| panic!("{path} cannot be read: {error}"));
    TextFile {
        path: path.to_owned(),
        text,
    }
}

/// The Rust files below `src/`.
pub(crate) fn sources() -> Vec<TextFile> {
    let files: Vec<TextFile> = files_below("src")
        .into_iter()
        .filter(TextFile::is_rust)
        .collect();
    assert!(!files.is_empty(), "no source file was found");
    files
}

/// Every text file below a folder (`""` for all), but for what is built, installed or git's own.
pub(crate) fn files_below(folder: &str) -> Vec<TextFile> {
    let mut found = Vec::new();
    collect(&root().join(folder), &mut found);
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn collect(folder: &Path, found: &mut Vec<TextFile>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !["target", ".git", "node_modules"].contains(&name.as_str()) {
                collect(&path, found);
            }
        } else if let Ok(text) = fs::read_to_string(&path) {
            let names: Vec<_> = path
                .strip_prefix(root())
                .unwrap()
                .iter()
                .map(|name| name.to_string_lossy())
                .collect();
            found.push(TextFile {
                path: names.join("/"),
                text,
            });
        }
    }
}
