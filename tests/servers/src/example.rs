use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The program of the example server: the one that `EXAMPLE_SERVER` names. Without that, cargo builds one.
///
/// # Panics
///
/// If it does not build.
#[must_use]
pub fn example_server() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| env::var_os("EXAMPLE_SERVER").map_or_else(build, PathBuf::from))
}

fn build() -> PathBuf {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let built = Command::new(env!("CARGO"))
        .current_dir(root)
        .args(["build", "--locked", "--quiet", "--example", "server"])
        .args(["--features", "dpop,metrics,page,tower"])
        .status()
        .expect("cargo runs");
    assert!(built.success(), "the example server does not build");
    let target = env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    root.join(target).join("debug/examples/server")
}
