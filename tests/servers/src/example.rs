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
    PROGRAM.get_or_init(|| example("server", "dpop,metrics,page,tower"))
}

/// The program of an example: the one beside what `EXAMPLE_SERVER` names. Without that, cargo builds it with these
/// features.
///
/// # Panics
///
/// If it does not build.
#[must_use]
pub fn example(name: &str, features: &str) -> PathBuf {
    match env::var_os("EXAMPLE_SERVER") {
        Some(server) if name == "server" => server.into(),
        Some(server) => PathBuf::from(server).with_file_name(name),
        None => build(name, features),
    }
}

fn build(name: &str, features: &str) -> PathBuf {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let built = Command::new(env!("CARGO"))
        .current_dir(root)
        .args(["build", "--locked", "--quiet", "--example", name])
        .args(["--features", features])
        .status()
        .expect("cargo runs");
    assert!(built.success(), "the example {name} does not build");
    let target = env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    root.join(target).join("debug/examples").join(name)
}
