//! The copy of the crate that has a switch for each mutant.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Permissions};
use std::ops::Range;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::breaks::Break;
use crate::mutant::Mutant;
use crate::sites::{Insertion, insertions};

pub(crate) struct Copy {
    pub(crate) root: PathBuf,
    texts: BTreeMap<String, String>,
    insertions: BTreeMap<String, Vec<Insertion>>,
}

/// A binary of tests, and the folder that it runs in.
pub(crate) type Binary = PathBuf;

impl Copy {
    /// Puts the switch into the copy at `root`, and reads where the mutants stand.
    pub(crate) fn new(root: PathBuf, mutants: &[Mutant], breaks: &[Break]) -> Self {
        write(
            &root.join("src/mutant_switch.rs"),
            include_str!("switch.rs"),
        );
        let compiler = root.join("rustc");
        write(&compiler, "#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec \"$@\"\n");
        fs::set_permissions(&compiler, Permissions::from_mode(0o755))
            .expect("a copy that can be changed");
        let lib = root.join("src/lib.rs");
        let features = "#![feature(const_eval_select, core_intrinsics)]";
        let text = fs::read_to_string(&lib).expect("src/lib.rs");
        write(&lib, &format!("{features}\n{text}\nmod mutant_switch;\n"));
        let mut copy = Self {
            root,
            texts: BTreeMap::new(),
            insertions: BTreeMap::new(),
        };
        let broken = || {
            breaks
                .iter()
                .flat_map(|it| it.insertions.iter().map(move |text| (it, text)))
        };
        let mut files: BTreeSet<&String> = mutants.iter().map(|mutant| &mutant.file).collect();
        files.extend(broken().map(|(_, text)| &text.file));
        for file in files {
            let text = fs::read_to_string(copy.root.join(file)).expect("a source file");
            let its = mutants
                .iter()
                .enumerate()
                .filter(|(_, mutant)| mutant.file == *file);
            let mut found = insertions(&text, its);
            let breaks = broken().filter(|(_, it)| it.file == *file);
            found.extend(breaks.map(|(broken, it)| broken.insertion(it, &text)));
            copy.insertions.insert(file.clone(), found);
            copy.texts.insert(file.clone(), text);
        }
        copy
    }

    /// The mutants that the copy has a switch for.
    pub(crate) fn switched(&self) -> BTreeSet<usize> {
        self.insertions
            .values()
            .flatten()
            .map(|insertion| insertion.mutant)
            .collect()
    }

    /// Builds the tests. Mutants that do not compile lose their switch, until the others do.
    pub(crate) fn build(&mut self, mutants: &[Mutant], arguments: &[String]) -> Vec<Binary> {
        let known = fs::read_to_string(self.unviable()).unwrap_or_default();
        let known: BTreeSet<&str> = known.lines().collect();
        let ids = (0..)
            .zip(mutants)
            .filter(|(_, mutant)| known.contains(mutant.name.as_str()));
        self.take_out(&ids.map(|(id, _)| id).collect());
        loop {
            let places = self.insert();
            let output = self.cargo_test(arguments);
            let bad = self.to_blame(&places, &output);
            if bad.is_empty() {
                let built = messages(&output)
                    .filter_map(|message| message["executable"].as_str().map(PathBuf::from));
                let binaries: Vec<Binary> = built.collect();
                assert!(!binaries.is_empty(), "{}", rendered(&output));
                return binaries;
            }
            println!("{} do not compile", bad.len());
            let names = bad.iter().filter_map(|id| mutants.get(*id));
            let names: String = names.map(|mutant| format!("{}\n", mutant.name)).collect();
            self.take_out(&bad);
            let known = fs::read_to_string(self.unviable()).unwrap_or_default();
            write(&self.unviable(), &(known + &names));
        }
    }

    /// The file with the names of those that do not compile, so that a later run need not find them out again.
    fn unviable(&self) -> PathBuf {
        self.root.join("target/unviable.txt")
    }

    fn take_out(&mut self, unviable: &BTreeSet<usize>) {
        for insertions in self.insertions.values_mut() {
            insertions.retain(|insertion| !unviable.contains(&insertion.mutant));
        }
    }

    /// Writes the changed files. Returns where the inserted texts stand in them, and for which mutant.
    fn insert(&self) -> BTreeMap<String, Vec<(Range<usize>, usize)>> {
        let mut places = BTreeMap::new();
        for (file, insertions) in &self.insertions {
            let mut sorted: Vec<&Insertion> = insertions.iter().collect();
            sorted.sort_by_key(|insertion| (insertion.at, insertion.order));
            let original = &self.texts[file];
            let (mut text, mut done, mut inserted) = (String::new(), 0, Vec::new());
            for insertion in sorted {
                text.push_str(&original[done..insertion.at]);
                done = insertion.at;
                inserted.push((
                    text.len()..text.len() + insertion.text.len(),
                    insertion.mutant,
                ));
                text.push_str(&insertion.text);
            }
            text.push_str(&original[done..]);
            write(&self.root.join(file), &text);
            places.insert(file.clone(), inserted);
        }
        places
    }

    /// The mutants whose inserted text an error points at.
    fn to_blame(
        &self,
        places: &BTreeMap<String, Vec<(Range<usize>, usize)>>,
        output: &[u8],
    ) -> BTreeSet<usize> {
        let mut bad = BTreeSet::new();
        for message in messages(output).map(|message| message["message"].clone()) {
            if message["level"] != "error" || message["spans"].as_array().is_none_or(Vec::is_empty)
            {
                continue;
            }
            let before = bad.len();
            for span in message["spans"].as_array().into_iter().flatten() {
                let file = span["file_name"].as_str().unwrap_or_default();
                let at = span["byte_start"].as_u64().unwrap_or_default() as usize;
                let inserted = places.get(file).into_iter().flatten();
                bad.extend(
                    inserted
                        .filter(|(range, _)| range.contains(&at))
                        .map(|(_, mutant)| *mutant),
                );
            }
            assert!(
                bad.len() > before || !bad.is_empty(),
                "no mutant is to blame: {}",
                message["rendered"]
            );
        }
        bad
    }

    fn cargo_test(&self, arguments: &[String]) -> Vec<u8> {
        let output = Command::new("cargo")
            .current_dir(&self.root)
            .args(["test", "--no-run", "--message-format=json"])
            .args(arguments)
            .env("CARGO_INCREMENTAL", "0")
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("CARGO_TARGET_DIR", self.root.join("target"))
            // The switch needs a feature of the compiler; dependencies would be built anew if all had it.
            .env("RUSTC_WORKSPACE_WRAPPER", self.root.join("rustc"))
            .stderr(Stdio::inherit())
            .output();
        output.expect("cargo").stdout
    }
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).expect("a copy that can be written");
}

fn messages(output: &[u8]) -> impl Iterator<Item = Value> {
    output
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice(line).ok())
}

fn rendered(output: &[u8]) -> String {
    messages(output)
        .filter_map(|message| message["message"]["rendered"].as_str().map(str::to_owned))
        .collect()
}
