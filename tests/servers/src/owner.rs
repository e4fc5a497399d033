//! Servers refuse to run as root.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;
use std::process::Command;

/// The user who runs a server: the one that Debian's package creates for it, when this is root, and otherwise whoever this is.
pub(crate) struct Owner(Option<(u32, u32)>);

impl Owner {
    /// # Panics
    ///
    /// If the user is not there, with this message.
    pub(crate) fn called(name: &str, missing: &str) -> Self {
        let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
        Self(is_root.then(|| {
            let users = fs::read_to_string("/etc/passwd").unwrap();
            let mut users = users.lines().map(|line| line.split(':'));
            let numbers = users.find_map(|mut line| {
                let is_theirs = line.next() == Some(name);
                is_theirs.then(|| {
                    line.skip(1)
                        .take(2)
                        .flat_map(str::parse)
                        .collect::<Vec<u32>>()
                })
            });
            match numbers.expect(missing).as_slice() {
                [user, group] => (*user, *group),
                _ => panic!("/etc/passwd has no numbers for {name}"),
            }
        }))
    }

    pub(crate) fn give(&self, folder: &Path) {
        if let Some((user, group)) = self.0 {
            chown(folder, Some(user), Some(group)).unwrap();
        }
    }

    pub(crate) fn command(&self, program: impl AsRef<Path>) -> Command {
        let Some((user, group)) = self.0 else {
            return Command::new(program.as_ref());
        };
        let mut command = Command::new("setpriv");
        command
            .args([
                "--clear-groups",
                &format!("--reuid={user}"),
                &format!("--regid={group}"),
            ])
            .arg(program.as_ref())
            .current_dir("/");
        command
    }
}
