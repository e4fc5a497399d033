use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::node;

/// A folder whose files keep what was synchronized, and nothing else, once the power has failed.
pub(super) struct Disk {
    /// Where the files are.
    folder: PathBuf,
    /// The bytes of each that were synchronized.
    kept: PathBuf,
    /// The layer between a process and its files, and the program that loses what it did not keep.
    layer: PathBuf,
    program: PathBuf,
    lies: bool,
}

impl Disk {
    /// A disk for this folder, which keeps its things in another one. A disk that lies synchronizes nothing.
    pub(super) fn of(folder: &Path, beside: &Path, lies: bool) -> Self {
        let [kept, layer, program] =
            ["kept", "unsynced.so", "lose.py"].map(|name| beside.join(name));
        fs::create_dir(&kept).unwrap();
        // The server runs as another user than the test.
        fs::set_permissions(&kept, PermissionsExt::from_mode(0o777)).unwrap();
        fs::write(&program, include_str!("lose.py")).unwrap();
        let source = node::folder().join(format!("unsynced-{}.c", std::process::id()));
        fs::write(&source, include_str!("unsynced.c")).unwrap();
        let mut compiler = Command::new("cc");
        compiler.args(["-Wall", "-Wextra", "-O1", "-shared", "-fPIC", "-o"]);
        run(compiler.arg(&layer).arg(source).arg("-ldl"));
        let disk = Self {
            folder: folder.to_owned(),
            kept,
            layer,
            program,
            lies,
        };
        run(&mut disk.program("keep"));
        disk
    }

    /// Puts the layer between a program and its files.
    pub(super) fn under(&self, program: &mut Command) {
        program
            .env("LD_PRELOAD", &self.layer)
            .env("UNSYNCED_FOLDER", &self.folder)
            .env("UNSYNCED_KEPT", &self.kept);
        if self.lies {
            program.env("UNSYNCED_DEAF", "1");
        }
    }

    /// Loses what was not synchronized, of files that nobody has open.
    pub(super) fn lose(&self) {
        println!("{}", run(&mut self.program("lose")).trim());
    }

    /// The same as a command of a shell.
    pub(super) fn losing(&self) -> String {
        let [program, folder, kept] =
            [&self.program, &self.folder, &self.kept].map(|path| path.display());
        format!("python3 {program} lose {folder} {kept}")
    }

    fn program(&self, order: &str) -> Command {
        let mut program = Command::new("python3");
        program
            .arg(&self.program)
            .arg(order)
            .arg(&self.folder)
            .arg(&self.kept);
        program
    }
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
